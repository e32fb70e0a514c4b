/** Who may use a gateway: the file of users and their passwords' hashes. */
package io.lockstep.access;
