/**
 * Keeps libvips, which sharp runs on, from losing a picture. Its threads leave after 15 idle seconds; a task that arrives in the moment
 * between a thread's giving up and its leaving is handed to that thread, and nobody does it: the render waits forever (threadset.c of libvips
 * 8.18, seen when frames took about 15 seconds). A fixed number of threads never leaves.
 *
 * To be imported before sharp, which reads the environment once.
 */

/** libuv runs four of sharp's pictures at a time, each with up to three threads of libvips; the rest is slack. */
const THREADS = 32;

process.env["VIPS_MAX_THREADS"] ??= String(THREADS);
