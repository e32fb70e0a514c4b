package io.lockstep.gateway.access;

/** What a rule is about. */
public enum AccessAction {
    /** To publish to a topic. */
    PUBLISH,
    /** To subscribe to a filter. */
    SUBSCRIBE,
    /** To get a message of a topic. */
    READ
}
