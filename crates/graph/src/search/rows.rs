//! Lists of numbers, one behind the other in a single array.

/// Row `i` is `values[starts[i]..starts[i + 1]]`.
#[derive(Debug, Clone)]
pub(super) struct Rows<T> {
    starts: Vec<u32>,
    values: Vec<T>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Rows { starts: vec![0], values: Vec::new() }
    }
}

/// A place in an array, as narrow as the graph keeps it.
pub(super) fn narrow(index: usize) -> u32 {
    u32::try_from(index).expect("2^32 entries would not fit into memory beside their graph")
}

impl<T: Copy> Rows<T> {
    /// Rows of one value each.
    pub(super) fn single(values: &[T]) -> Self {
        Rows { starts: (0..=narrow(values.len())).collect(), values: values.to_vec() }
    }

    /// Adds a row at the end.
    pub(super) fn push(&mut self, row: &[T]) {
        self.values.extend_from_slice(row);
        self.starts.push(narrow(self.values.len()));
    }

    /// The number of rows.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The row of that number.
    pub(super) fn row(&self, index: u32) -> &[T] {
        let index = index as usize;
        &self.values[self.starts[index] as usize..self.starts[index + 1] as usize]
    }

    /// The rows turned round: row `v` lists, in ascending order, the rows that hold a value of key `v`.
    pub(super) fn inverted<U>(
        &self,
        count: usize,
        key: impl Fn(T) -> u32,
        wrap: impl Fn(u32) -> U,
    ) -> Rows<U>
    where
        U: Copy,
    {
        let mut starts = vec![0_u32; count + 1];
        for value in &self.values {
            starts[key(*value) as usize + 1] += 1;
        }
        for index in 0..count {
            starts[index + 1] += starts[index];
        }
        let mut next = starts.clone();
        let mut values = vec![wrap(0); self.values.len()];
        for index in 0..narrow(self.len()) {
            for value in self.row(index) {
                let place = &mut next[key(*value) as usize];
                values[*place as usize] = wrap(index);
                *place += 1;
            }
        }
        Rows { starts, values }
    }
}
