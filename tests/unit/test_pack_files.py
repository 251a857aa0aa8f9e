"""A pack is put down whole and private, and never over what was there unasked."""

import io
import os
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from watcher.adapters.pack_files import NotPut, Place, put_pack, unpack

NAME = "evidence-8012345678901234"
FILES = {
    "timeline.html": b"<p>new</p>",
    "mails/01-2026-11-03-order_closed.eml": b"From: x\r\n\r\nbody",
    "letters/01-2026-11-04-contact_seller.txt": b"Hello\n",
    "manifest.json": b"{}\n",
    "SHA256SUMS": b"0  timeline.html\n",
}


def archive(files: Mapping[str, bytes] = FILES) -> bytes:
    """A pack as a zip."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        for path, text in files.items():
            packed.writestr(f"{NAME}/{path}", text)
    return content.getvalue()


def read_folder(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_folder_holds_every_file_and_only_its_owner_may_look(tmp_path: Path) -> None:
    """0700 for folders and 0600 for files, whatever the mask, and no draft is left."""
    mask = os.umask(0o000)
    try:
        put_pack(Place(path=tmp_path / NAME, zipped=False), archive())
    finally:
        os.umask(mask)
    assert read_folder(tmp_path / NAME) == FILES
    modes = {
        path.is_dir(): stat.S_IMODE(path.stat().st_mode)
        for path in (tmp_path / NAME, *(tmp_path / NAME).rglob("*"))
    }
    assert modes == {True: 0o700, False: 0o600}
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_zip_is_put_down_as_it_is_and_private(tmp_path: Path) -> None:
    """The bytes that were made are the bytes that lie there."""
    put_pack(Place(path=tmp_path / "pack.zip", zipped=True), archive())
    assert (tmp_path / "pack.zip").read_bytes() == archive()
    assert stat.S_IMODE((tmp_path / "pack.zip").stat().st_mode) == 0o600
    assert len(list(tmp_path.iterdir())) == 1


def test_nothing_is_written_over_unasked(tmp_path: Path) -> None:
    """A folder with anything in it and a file of the name stay as they are, with the way out."""
    folder, file = tmp_path / "folder", tmp_path / "pack.zip"
    folder.mkdir()
    (folder / "mine").write_text("mine")
    file.write_text("mine")
    for place in (Place(path=folder, zipped=False), Place(path=file, zipped=True)):
        with pytest.raises(NotPut, match="--force"):
            put_pack(place, archive())
    assert read_folder(tmp_path) == {"folder/mine": b"mine", "pack.zip": b"mine"}


def test_empty_folder_is_filled(tmp_path: Path) -> None:
    """A folder that was made for it need not be forced."""
    put_pack(Place(path=tmp_path, zipped=False), archive())
    assert read_folder(tmp_path) == FILES


def test_force_replaces_an_earlier_pack_and_keeps_what_else_is_there(tmp_path: Path) -> None:
    """What is no longer part of the pack goes; a file of the person's own stays."""
    place = Place(path=tmp_path / NAME, zipped=False)
    older = {"timeline.html": b"old", "mails/02-2026-11-05-order_shipped.eml": b"old"}
    put_pack(place, archive(older))
    (place.path / "mails" / "remark.txt").write_text("mine")
    put_pack(Place(path=place.path, zipped=False, force=True), archive())
    assert read_folder(place.path) == {**FILES, "mails/remark.txt": b"mine"}


def test_force_replaces_a_zip(tmp_path: Path) -> None:
    """The zip of the same name is the new one."""
    (tmp_path / "pack.zip").write_text("old")
    put_pack(Place(path=tmp_path / "pack.zip", zipped=True, force=True), archive())
    assert (tmp_path / "pack.zip").read_bytes() == archive()


@pytest.mark.parametrize("inner", ["", "mails"])
def test_link_is_followed_by_nobody(tmp_path: Path, inner: str) -> None:
    """A link in the place of a folder leads to nothing being written, forced or not."""
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / NAME
    elsewhere.mkdir()
    if inner:
        folder.mkdir()
    (folder / inner if inner else folder).symlink_to(elsewhere)
    with pytest.raises(NotPut):
        put_pack(Place(path=folder, zipped=False, force=True), archive())
    assert list(elsewhere.iterdir()) == []


def test_link_in_the_place_of_a_file_is_replaced_not_followed(tmp_path: Path) -> None:
    """What the link leads to stays as it is."""
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "pack.zip").symlink_to(tmp_path / "mine")
    put_pack(Place(path=tmp_path / "pack.zip", zipped=True, force=True), archive())
    assert (tmp_path / "mine").read_text() == "mine"
    assert not (tmp_path / "pack.zip").is_symlink()


def test_place_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A missing folder, a file in the way: the place, the reason, and what to type."""
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path / "none" / NAME, tmp_path / "file"):
        with pytest.raises(NotPut, match="--to"):
            put_pack(Place(path=path, zipped=False), archive())
    with pytest.raises(NotPut, match="is a folder"):
        put_pack(Place(path=tmp_path, zipped=True, force=True), archive())
    assert read_folder(tmp_path) == {"file": b"mine"}


@pytest.mark.parametrize("path", ["../x", "/etc/x", "mails/../../x", ".bashrc", "mails/x.sh"])
def test_no_other_path_comes_out_of_a_pack(path: str) -> None:
    """Whoever made the zip, it can name nothing but a pack's own files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr(path, b"x")
    with pytest.raises(ValueError, match="no path of a pack"):
        unpack(content.getvalue())


@pytest.mark.parametrize("zipped", [True, False])
def test_pack_that_was_cut_short_is_put_nowhere(tmp_path: Path, zipped: bool) -> None:
    """Who hands it over may be stopped on the way: half a zip is no pack."""
    with pytest.raises(ValueError, match="no whole pack"):
        put_pack(Place(path=tmp_path / "pack", zipped=zipped), archive()[:-40])
    assert list(tmp_path.iterdir()) == []


def test_pack_that_cannot_be_finished_leaves_nothing_behind(tmp_path: Path) -> None:
    """Where the last step fails, neither a half pack nor a draft is there."""
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "manifest.json").mkdir()
    with pytest.raises(NotPut):
        put_pack(Place(path=tmp_path / NAME, zipped=False, force=True), archive())
    drafts = [path.name for path in (tmp_path / NAME).rglob(".*")]
    assert drafts == []
