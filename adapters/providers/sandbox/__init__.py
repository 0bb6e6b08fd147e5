"""A local server that speaks the vendors' own wire formats, for demonstrations, drills and tests.

It takes SMS and calls as Twilio does, e-mail as SendGrid and handoffs as Slack, checks credentials, answers
with vendor-shaped JSON and calls back with signed webhooks. What people and providers do is data, chosen by
address and seed: two runs with the same seed and the same contacts see the same world.
"""
