"""aliwatch: watches a mailbox for closed AliExpress orders and follows each refund."""
