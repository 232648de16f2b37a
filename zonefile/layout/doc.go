// Package layout arranges the records of a zone as people keep them in a file: in groups with a heading, names below each other, with comments for what a
// file cannot say. It is a function of values: a zone and remarks in, text out. The same zone has the same text.
package layout
