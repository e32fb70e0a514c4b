package io.lockstep.access.rules;

/** What a rule is about. */
public enum AccessAction {
    /** To publish to a topic. */
    PUBLISH,
    /** To subscribe to a filter. */
    SUBSCRIBE,
    /** To get a message of a topic. */
    READ,
    /** To change settings, routes, policies and rules, and to move or remove what others own. It has no topics. */
    ADMIN
}
