/**
 * Files beside a journal that are made from it and can be made again: where a time begins, where a topic is; and the
 * deletion of what retention has given up.
 */
package io.lockstep.archive.index;
