/** What was found out of a client's permissions. Pure: no files, clocks, threads or network. */
package io.lockstep.gateway.access;
