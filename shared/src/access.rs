//! Step 4a: the access table.
