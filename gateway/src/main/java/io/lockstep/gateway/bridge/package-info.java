/**
 * Between front ends and the cluster: one thread owns the cluster client, takes commands from the threads of the front
 * ends and hands messages to the sessions that subscribed to them. Knows no outside protocol.
 */
package io.lockstep.gateway.bridge;
