/** Adapters of the client: sessions with shards, producers on top of them, readers of journals. Not for users. */
package io.lockstep.client.internal;
