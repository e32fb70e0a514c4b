/** What a client may do. Pure: no files, clocks, threads or network, so that rules are tested as plain values. */
package io.lockstep.gateway.access;
