/** Byte layouts and arithmetic that every reader and writer of a journal shares. Pure code. */
package io.lockstep.wire;
