package spreadsheet

// LimitSheet reduces the rows of a sheet, so that tests do not need to write a million.
func (w *Writer) LimitSheet(rows int) { w.rowLimit = rows }
