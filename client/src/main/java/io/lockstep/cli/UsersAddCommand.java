package io.lockstep.cli;

import io.lockstep.access.PasswordHash;
import io.lockstep.access.UserTable;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Adds a user, or gives one another password. */
@Command(
        name = "add",
        mixinStandardHelpOptions = true,
        description = {
            "Add a user, or give one that is there another password.",
            "The password is asked for on the terminal, or is the first line of standard input; never an argument, which"
                    + " every process of the machine could read."
        })
final class UsersAddCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private UserFile file;

    @Mixin
    private OutputOptions output;

    @Parameters(paramLabel = "NAME", description = "Name of the user.")
    private String name;

    @Override
    public Integer call() {
        try {
            UserTable.checkName(name);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
        final UserTable users = file.read();
        final byte[] password = password();
        if (password.length == 0) {
            throw new CommandFailure("a password has at least one character");
        }
        final boolean isNew = !users.contains(name);
        file.write(users.with(name, PasswordHash.of(password, PasswordHash.DEFAULT_ITERATIONS)));
        final String event = isNew ? "added" : "changed";
        final PrintWriter out = spec.commandLine().getOut();
        out.println(
                output.isJson()
                        ? OutputOptions.lineOf(
                                OutputOptions.newObject().put("event", event).put("user", name))
                        : event + ' ' + name);
        out.flush();
        return 0;
    }

    @SuppressWarnings("SystemConsoleNull")
    private byte[] password() {
        final Console console = System.console();
        if (console != null && isTerminal(console)) {
            final String first = ask(console, "Password: ");
            if (!first.equals(ask(console, "Once more: "))) {
                throw new CommandFailure("the two passwords are not the same; nothing was changed");
            }
            return first.getBytes(StandardCharsets.UTF_8);
        }
        try {
            final String line = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
            return line == null ? new byte[0] : line.getBytes(StandardCharsets.UTF_8);
        } catch (final IOException ex) {
            throw new CommandFailure("the password cannot be read from standard input: " + ex, ex);
        }
    }

    // From Java 22 on there is a console where there is no terminal, and a method that says so.
    private static boolean isTerminal(final Console console) {
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (final NoSuchMethodException ex) {
            return true;
        } catch (final ReflectiveOperationException ex) {
            throw new IllegalStateException("the console does not say whether it is a terminal", ex);
        }
    }

    private static String ask(final Console console, final String prompt) {
        final char[] password = console.readPassword(prompt);
        if (password == null) {
            return "";
        }
        final String text = new String(password);
        Arrays.fill(password, '\0');
        return text;
    }
}
