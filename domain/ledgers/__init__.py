"""Four ledgers of the same events, and the audit that holds them against each other.

`records` has their pages; `audit` compares them by the rules of `sends`, `webhooks`, `runs` and `handoffs`.
"""
