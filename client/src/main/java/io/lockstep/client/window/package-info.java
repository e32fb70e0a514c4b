/**
 * The in-flight window of a producer in one shard: which messages wait to be sent, which for an answer, what is sent
 * again and when; and the window of a member of a group: which messages wait for their assignment, which to be handed out,
 * which to be decided. Pure code: no Aeron, no clock, no thread; time is passed in.
 */
package io.lockstep.client.window;
