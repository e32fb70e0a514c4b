/**
 * The front end for native clients: they speak Aeron and SBE with the gateway, which passes what the rules allow to the
 * cluster over sessions of its own and reads journals for them. One thread.
 */
package io.lockstep.gateway.aeron;
