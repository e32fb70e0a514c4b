/**
 * How threads of a small machine sleep: until a datagram comes for a media driver that they run themselves, or another
 * thread hands them work.
 */
package io.lockstep.archive.idle;
