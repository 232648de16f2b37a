// Package notify tells people what became of zones: in chats, by mail, and other programs by webhooks.
//
// An [Event] is put into an [Outbox] on disk for each [Rule] that wants it, and delivered from there in order. What was put in is delivered at least once, whatever
// happens in between: a receiver that is down for hours, a restart. A program that ends between a delivery and the note of it delivers once more, with the same
// delivery id.
package notify
