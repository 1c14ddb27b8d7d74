// What a command line will need and takes long to be there: begun while the rest is still being loaded.

/** Starts loading the HDF5 library where a word names such a file. A failure is told by whoever reads the file. */
export function warmUp(words: readonly string[]): void {
  if (!words.some(word => /\.(h5|hdf5|keras)$/i.test(word))) return
  void import('../formats/hdf5/library.ts').then(({ loadHdf5Library }) => loadHdf5Library()).catch(() => {})
}
