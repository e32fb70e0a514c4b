/**
 * The replicated engine. Pure code: its only inputs are committed commands, their log timestamps and its own state; its
 * only outputs go to an {@link io.lockstep.cluster.core.Outbox}.
 */
package io.lockstep.cluster.core;
