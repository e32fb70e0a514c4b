/**
 * What a session of a gateway knows and decides, pure: subscriptions and their tree, windows of unanswered messages, the
 * keep-alive deadline. No Netty, no Aeron, no clock: time is an argument.
 */
package io.lockstep.gateway.session;
