/**
 * The Java client. {@link io.lockstep.client.LockstepClient} is one connection with a cluster; from it come
 * {@linkplain io.lockstep.client.Publisher publishers}, {@linkplain io.lockstep.client.Subscriber subscribers},
 * {@linkplain io.lockstep.client.Requester requesters} and {@linkplain io.lockstep.client.Responder responders}, and for
 * programs that want it simple {@linkplain io.lockstep.client.BlockingPublisher blocking} forms.
 * {@link io.lockstep.client.LockstepAgent} puts all of it into a duty cycle.
 *
 * <p>Everything here is single-threaded in Aeron's manner: one thread owns a client and whatever that client made, drives
 * it by {@link io.lockstep.client.LockstepClient#doWork()}, and is called back from there. Offers never block; whether they
 * were taken is their result, and what became of the message is told to a listener. Only
 * {@link io.lockstep.client.ClientCounters counters} may be read by any thread.
 *
 * <p>Subscribers of one shard share one live reader and a bounded window of the latest records; who falls behind the window
 * reads by itself until it meets the others again.
 */
package io.lockstep.client;
