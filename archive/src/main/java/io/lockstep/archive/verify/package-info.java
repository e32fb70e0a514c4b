/** Looking at journals from outside: proving that copies are equal, summing them up, and printing their records. */
package io.lockstep.archive.verify;
