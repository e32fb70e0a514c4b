package io.lockstep.access.rules;

import io.lockstep.topic.TopicFilter;

/**
 * One line of the rules. Immutable.
 *
 * @param isAllowing  whether it allows or denies.
 * @param subject     whom it is about.
 * @param user        where it is about one user, else null.
 * @param action      what it is about; null for everything that has topics.
 * @param filterText  topics, with {@code %u} and {@code %c} as written; null where the action has none.
 * @param filter      the same, parsed; null where a name has to be put in first, or there are no topics.
 */
record AccessRule(
        boolean isAllowing, Subject subject, String user, AccessAction action, String filterText, TopicFilter filter) {
    /** Whom a rule is about. */
    enum Subject {
        /** One user. */
        USER,
        /** Clients without a name. */
        ANONYMOUS,
        /** Everybody. */
        EVERYBODY
    }

    boolean isAbout(final Principal principal) {
        return switch (subject) {
            case USER -> user.equals(principal.user());
            case ANONYMOUS -> principal.user() == null;
            case EVERYBODY -> true;
        };
    }

    boolean isAbout(final AccessAction wanted) {
        return action == null ? wanted != AccessAction.ADMIN : action == wanted;
    }

    /** The topics for a client; null where its names must not be put in, so that the rule never matches. */
    TopicFilter filterFor(final Principal principal) {
        if (filter != null) {
            return filter;
        }
        final StringBuilder text = new StringBuilder(filterText.length());
        // One pass: what was put in is not looked at again.
        for (int i = 0; i < filterText.length(); i++) {
            final String name = nameAt(i, principal);
            if (name == null) {
                text.append(filterText.charAt(i));
            } else if (isSafe(name)) {
                text.append(name);
                i++;
            } else {
                return null;
            }
        }
        try {
            final TopicFilter made = TopicFilter.parse(text.toString());
            return made.isOfPartitions() ? null : made;
        } catch (final IllegalArgumentException ex) {
            // Too long with the names in it: no topic has such a name.
            return null;
        }
    }

    private String nameAt(final int index, final Principal principal) {
        if (filterText.startsWith("%u", index)) {
            return principal.user() == null ? "" : principal.user();
        }
        return filterText.startsWith("%c", index) ? principal.clientId() : null;
    }

    // '$' would make a client with the id $dead the owner of everybody's dead letters.
    private static boolean isSafe(final String name) {
        return !name.isEmpty()
                && name.charAt(0) != '$'
                && name.indexOf('/') < 0
                && name.indexOf('+') < 0
                && name.indexOf('#') < 0;
    }
}
