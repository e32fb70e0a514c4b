package io.lockstep.access.rules;

import io.lockstep.topic.TopicFilter;
import java.util.Arrays;
import java.util.List;

/** The rules in their order: the first that is about client, action and topic decides; where none is, it is no. Immutable. */
public final class AccessRules {
    /** Everybody may do everything: there is no file of rules. */
    public static final AccessRules ALLOW_ALL = new AccessRules(null);

    /** Greatest number of rules. */
    public static final int MAX_RULES = 10_000;

    private static final String SHAPE =
            "a rule reads 'allow|deny user NAME|anonymous|* publish|subscribe|read|all FILTER', or ends with 'admin'";

    private final AccessRule[] rules;

    private AccessRules(final AccessRule[] rules) {
        this.rules = rules;
    }

    /**
     * Reads the lines of a file; blank ones and those that begin with {@code #} say nothing.
     *
     * @param source name of the file, for errors.
     * @param lines  of the file.
     * @return the rules; no rule at all allows nothing.
     * @throws IllegalArgumentException with a sentence that names file and line.
     */
    public static AccessRules parse(final String source, final List<String> lines) {
        AccessRule[] rules = new AccessRule[16];
        int count = 0;
        for (int i = 0; i < lines.size(); i++) {
            final String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            if (count == MAX_RULES) {
                throw new IllegalArgumentException(
                        source + ", line " + (i + 1) + ": a file has at most " + MAX_RULES + " rules");
            }
            if (count == rules.length) {
                rules = Arrays.copyOf(rules, 2 * count);
            }
            try {
                rules[count++] = parseRule(line);
            } catch (final IllegalArgumentException ex) {
                throw new IllegalArgumentException(source + ", line " + (i + 1) + ": " + ex.getMessage(), ex);
            }
        }
        return new AccessRules(Arrays.copyOf(rules, count));
    }

    /**
     * What these rules come to for one client.
     *
     * @param principal the client.
     * @return its permissions.
     */
    public Permissions permissionsOf(final Principal principal) {
        if (rules == null) {
            return Permissions.ALL;
        }
        return new Permissions(
                decisionsOf(principal, AccessAction.PUBLISH),
                decisionsOf(principal, AccessAction.SUBSCRIBE),
                decisionsOf(principal, AccessAction.READ),
                isAdmin(principal));
    }

    /**
     * Whether there are no rules, so that everything is allowed.
     *
     * @return true if so.
     */
    public boolean isAllowingAll() {
        return rules == null;
    }

    private boolean isAdmin(final Principal principal) {
        for (final AccessRule rule : rules) {
            if (rule.isAbout(principal) && rule.isAbout(AccessAction.ADMIN)) {
                return rule.isAllowing();
            }
        }
        return false;
    }

    private Permissions.Decision[] decisionsOf(final Principal principal, final AccessAction action) {
        Permissions.Decision[] decisions = new Permissions.Decision[rules.length];
        int count = 0;
        for (final AccessRule rule : rules) {
            if (rule.isAbout(principal) && rule.isAbout(action)) {
                final TopicFilter filter = rule.filterFor(principal);
                if (filter != null) {
                    decisions[count++] = new Permissions.Decision(rule.isAllowing(), filter);
                }
            }
        }
        decisions = Arrays.copyOf(decisions, count);
        return decisions;
    }

    private static AccessRule parseRule(final String line) {
        final String[] words = line.split("\\s+", 3);
        if (words.length < 3) {
            throw new IllegalArgumentException(SHAPE);
        }
        final boolean isAllowing = isAllowing(words[0]);
        final AccessRule.Subject subject = subject(words[1]);
        String rest = words[2];
        String user = null;
        if (subject == AccessRule.Subject.USER) {
            final String[] parts = rest.split("\\s+", 2);
            if (parts.length < 2) {
                throw new IllegalArgumentException(SHAPE);
            }
            user = parts[0];
            rest = parts[1];
        }
        // The filter is the rest of the line: topics may hold spaces.
        final String[] parts = rest.split("\\s+", 2);
        if (parts.length == 1 && parts[0].equals("admin")) {
            return new AccessRule(isAllowing, subject, user, AccessAction.ADMIN, null, null);
        }
        if (parts.length < 2) {
            throw new IllegalArgumentException(SHAPE);
        }
        final AccessAction action = action(parts[0]);
        final boolean hasNames = parts[1].contains("%u") || parts[1].contains("%c");
        if (hasNames && !isAllowing) {
            throw new IllegalArgumentException(
                    "a rule that denies takes no %u and no %c: for a client whose name cannot be put in it would not count");
        }
        final TopicFilter filter = TopicFilter.parse(parts[1]);
        if (filter.isOfPartitions()) {
            throw new IllegalArgumentException(
                    "rules are about topics with all their partitions, not about one of them");
        }
        return new AccessRule(isAllowing, subject, user, action, parts[1], hasNames ? null : filter);
    }

    private static boolean isAllowing(final String word) {
        return switch (word) {
            case "allow" -> true;
            case "deny" -> false;
            default -> throw new IllegalArgumentException(SHAPE + ", but this one begins with '" + word + "'");
        };
    }

    private static AccessRule.Subject subject(final String word) {
        return switch (word) {
            case "user" -> AccessRule.Subject.USER;
            case "anonymous" -> AccessRule.Subject.ANONYMOUS;
            case "*" -> AccessRule.Subject.EVERYBODY;
            default -> throw new IllegalArgumentException(SHAPE + ", but this one is about '" + word + "'");
        };
    }

    private static AccessAction action(final String word) {
        return switch (word) {
            case "publish" -> AccessAction.PUBLISH;
            case "subscribe" -> AccessAction.SUBSCRIBE;
            case "read" -> AccessAction.READ;
            case "all" -> null;
            case "admin" -> throw new IllegalArgumentException("admin is not about topics: nothing follows it");
            default -> throw new IllegalArgumentException(SHAPE + ", but '" + word + "' is none of them");
        };
    }
}
