/**
 * The Java client: {@link io.lockstep.client.LockstepClient} with its publishers and subscribers. Everything here is
 * single-threaded in Aeron's manner: one thread owns a client and whatever that client made.
 */
package io.lockstep.client;
