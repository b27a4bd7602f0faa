// Package frontends tests the installed kernel with the programs that people use
// it in: JupyterLab, driven by a browser, nbconvert, nbclient, papermill, what
// Jupyter's own package nbformat makes of notebooks that are written here, and
// the way in which VS Code finds and starts kernels. The programs are looked up on
// PATH, in the versions of kernelsetup/requirements.txt; tests whose program is
// missing are skipped, or fail where WASSERWERK_NO_SKIP is set.
package frontends
