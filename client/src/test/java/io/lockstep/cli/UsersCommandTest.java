package io.lockstep.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.access.UserTable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class UsersCommandTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();

    @Test
    void shouldWriteALineThatKnowsThePasswordWhenAUserIsAdded() throws IOException {
        assertEquals(0, run("secret\n", "add", "ann"));

        final UserTable users = UserTable.parse("users", Files.readAllLines(file()));
        assertTrue(users.hashOf("ann").matches("secret".getBytes(StandardCharsets.UTF_8)));
        assertFalse(Files.readString(file()).contains("secret"));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
        assertEquals("added ann", out.toString().strip());
    }

    @Test
    void shouldListAndRemoveWhenThereAreUsers() throws IOException {
        run("a\n", "add", "ann");
        run("b\n", "add", "bob");
        run("c\n", "add", "ann", "--output", "json");
        assertTrue(out.toString().contains("{\"event\":\"changed\",\"user\":\"ann\"}"), out.toString());

        assertEquals(0, run("", "remove", "ann"));
        run("", "list", "--output", "json");

        assertTrue(out.toString().strip().endsWith("{\"users\":[\"bob\"]}"), out.toString());
    }

    @Test
    void shouldKeepCommentsWhenUsersChange() throws IOException {
        Files.writeString(file(), "# those of the plant\n");

        run("a\n", "add", "ann");
        run("b\n", "add", "ann");
        run("", "remove", "ann");

        assertEquals(List.of("# those of the plant"), Files.readAllLines(file()));
    }

    @Test
    void shouldChangeNothingWhenTheCallIsWrong() {
        assertEquals(1, run("", "remove", "nobody"));
        assertEquals(1, run("\n", "add", "ann"));
        assertEquals(2, run("x\n", "add", "a b"));

        assertFalse(Files.exists(file()));
    }

    private int run(final String input, final String command, final String... words) {
        final String[] arguments = new String[words.length + 4];
        arguments[0] = "users";
        arguments[1] = command;
        System.arraycopy(words, 0, arguments, 2, words.length);
        arguments[words.length + 2] = "--file";
        arguments[words.length + 3] = file().toString();
        final InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            final CommandLine commandLine = LockstepMain.commandLine();
            return commandLine
                    .setOut(new PrintWriter(out, true))
                    .setErr(new PrintWriter(new StringWriter(), true))
                    .execute(arguments);
        } finally {
            System.setIn(before);
        }
    }

    private Path file() {
        return folder.resolve("users.txt");
    }
}
