package io.lockstep.access.rules;

/** What the audit topic says of a refusal. */
public final class AuditEntry {
    /** Topic of refusals; each shard has its own part of it, as of dead letters. */
    public static final String TOPIC = "$audit/access";

    // A topic is at most 1,024 bytes; this keeps names that clients chose freely from filling the journal.
    private static final int MAX_TEXT_LENGTH = 2048;

    private AuditEntry() {}

    /**
     * Says it in JSON.
     *
     * @param timeMs    when, in milliseconds since 1970-01-01T00:00:00Z.
     * @param principal who asked.
     * @param action    what for.
     * @param topic     name or filter; null where the action has none.
     * @param where     who refused it.
     * @param unsaid    how many refusals were not told before this one.
     * @return one object.
     */
    public static String json(
            final long timeMs,
            final Principal principal,
            final String action,
            final String topic,
            final String where,
            final long unsaid) {
        final StringBuilder json = new StringBuilder(256);
        json.append("{\"timeMs\":").append(timeMs);
        append(json, "user", principal.user());
        append(json, "clientId", principal.clientId());
        append(json, "action", action);
        append(json, "topic", topic);
        append(json, "where", where);
        return json.append(",\"unsaid\":").append(unsaid).append('}').toString();
    }

    private static void append(final StringBuilder json, final String name, final String value) {
        json.append(",\"").append(name).append("\":");
        if (value == null) {
            json.append("null");
            return;
        }
        json.append('"');
        for (int i = 0; i < Math.min(value.length(), MAX_TEXT_LENGTH); i++) {
            final char character = value.charAt(i);
            if (character == '"' || character == '\\') {
                json.append('\\').append(character);
            } else if (character < ' ' || Character.isSurrogate(character) || (character >= 0x7F && character < 0xA0)) {
                json.append("\\u").append(hex(character));
            } else {
                json.append(character);
            }
        }
        json.append('"');
    }

    private static String hex(final char character) {
        final String digits = Integer.toHexString(character);
        return "0000".substring(digits.length()) + digits;
    }
}
