/**
 * What a client and a gateway use to speak with each other over Aeron: frames on both sides, and a client's path through a
 * gateway. Programs use {@code io.lockstep.client}.
 */
package io.lockstep.client.link;
