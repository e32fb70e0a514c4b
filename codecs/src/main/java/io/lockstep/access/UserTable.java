package io.lockstep.access;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Users and the hashes of their passwords, in the order of the file. Immutable. */
public final class UserTable {
    /** No user at all. */
    public static final UserTable EMPTY = new UserTable(new LinkedHashMap<>());

    /** Greatest number of users. */
    public static final int MAX_USERS = 100_000;

    private static final int MAX_NAME_LENGTH = 256;

    private final Map<String, PasswordHash> hashByName;
    private final List<PasswordHash> hashes;

    private UserTable(final Map<String, PasswordHash> hashByName) {
        this.hashByName = hashByName;
        this.hashes = List.copyOf(hashByName.values());
    }

    /**
     * Reads the lines of a file: {@code NAME:HASH}; blank lines and those that begin with {@code #} say nothing.
     *
     * @param source name of the file, for errors.
     * @param lines  of the file.
     * @return the users.
     * @throws IllegalArgumentException with a sentence that names file and line.
     */
    public static UserTable parse(final String source, final List<String> lines) {
        final Map<String, PasswordHash> hashByName = new LinkedHashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            final String line = lines.get(i);
            if (isSilent(line)) {
                continue;
            }
            final String place = source + ", line " + (i + 1) + ": ";
            final int colon = line.indexOf(':');
            if (colon < 0) {
                throw new IllegalArgumentException(place + "a user reads NAME:HASH, as `lockstep users add` writes it");
            }
            final String name = line.substring(0, colon);
            try {
                checkName(name);
                if (hashByName.put(
                                name,
                                PasswordHash.parse(line.substring(colon + 1).strip()))
                        != null) {
                    throw new IllegalArgumentException("the user '" + name + "' is there twice");
                }
            } catch (final IllegalArgumentException ex) {
                throw new IllegalArgumentException(place + ex.getMessage(), ex);
            }
            if (hashByName.size() > MAX_USERS) {
                throw new IllegalArgumentException(place + "a file has at most " + MAX_USERS + " users");
            }
        }
        return new UserTable(hashByName);
    }

    /**
     * Whether a text can be the name of a user.
     *
     * @param name to look at.
     * @return true if {@link #checkName} takes it.
     */
    public static boolean isName(final String name) {
        return !name.isEmpty()
                && name.length() <= MAX_NAME_LENGTH
                && name.charAt(0) != '#'
                && name.indexOf(':') < 0
                && name.chars()
                        .noneMatch(character -> Character.isWhitespace(character)
                                || Character.isSpaceChar(character)
                                || Character.isISOControl(character));
    }

    /**
     * Refuses what cannot be the name of a user.
     *
     * @param name to check.
     * @throws IllegalArgumentException with a sentence.
     */
    public static void checkName(final String name) {
        if (!isName(name)) {
            throw new IllegalArgumentException("a user's name takes 1 to " + MAX_NAME_LENGTH
                    + " characters without space and colon, and does not begin with '#'");
        }
    }

    /**
     * Whether there is such a user.
     *
     * @param name of the user.
     * @return true if so.
     */
    public boolean contains(final String name) {
        return hashByName.containsKey(name);
    }

    /**
     * The hash of a user's password.
     *
     * @param name of the user.
     * @return null where there is no such user.
     */
    public PasswordHash hashOf(final String name) {
        return hashByName.get(name);
    }

    /**
     * A hash for a name that nobody has, so that checking a password takes as long as it does for somebody.
     *
     * @param name that is not in the table.
     * @return another user's hash, always the same; null where there is no user.
     */
    public PasswordHash decoyOf(final String name) {
        return hashes.isEmpty() ? null : hashes.get(Math.floorMod(name.hashCode(), hashes.size()));
    }

    /**
     * The names.
     *
     * @return in the order of the file.
     */
    public List<String> names() {
        return new ArrayList<>(hashByName.keySet());
    }

    /**
     * The table with one more user, or another password for one that is there.
     *
     * @param name of the user.
     * @param hash of the password.
     * @return a new table.
     */
    public UserTable with(final String name, final PasswordHash hash) {
        checkName(name);
        final Map<String, PasswordHash> copy = new LinkedHashMap<>(hashByName);
        copy.put(name, hash);
        return new UserTable(copy);
    }

    /**
     * The table without a user.
     *
     * @param name of the user.
     * @return a new table.
     */
    public UserTable without(final String name) {
        final Map<String, PasswordHash> copy = new LinkedHashMap<>(hashByName);
        copy.remove(name);
        return new UserTable(copy);
    }

    /**
     * The table as lines of a file that was read before: whoever is still there keeps the line's place, and lines that say
     * nothing stay.
     *
     * @param before lines of the file.
     * @return what {@link #parse} reads; new users come last.
     */
    public List<String> linesLike(final List<String> before) {
        final List<String> lines = new ArrayList<>();
        final Map<String, PasswordHash> left = new LinkedHashMap<>(hashByName);
        for (final String line : before) {
            if (isSilent(line)) {
                lines.add(line);
                continue;
            }
            final String name = line.substring(0, Math.max(0, line.indexOf(':')));
            final PasswordHash hash = left.remove(name);
            if (hash != null) {
                lines.add(name + ':' + hash);
            }
        }
        left.forEach((name, hash) -> lines.add(name + ':' + hash));
        return lines;
    }

    private static boolean isSilent(final String line) {
        return line.isBlank() || line.startsWith("#");
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "UserTable{users=" + hashByName.size() + '}';
    }
}
