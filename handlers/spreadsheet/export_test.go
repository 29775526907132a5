package spreadsheet

// LimitSheet lets a sheet have fewer rows than Excel allows, so that a test need not write a million.
func (w *Writer) LimitSheet(rows int) { w.rowLimit = rows }
