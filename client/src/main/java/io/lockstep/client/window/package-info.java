/**
 * The in-flight window of a producer in one shard: which messages wait to be sent, which for an answer, what is sent
 * again and when. Pure code: no Aeron, no clock, no thread; time is passed in.
 */
package io.lockstep.client.window;
