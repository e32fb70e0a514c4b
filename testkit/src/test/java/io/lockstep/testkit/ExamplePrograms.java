package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles the programs of docs/examples and runs them as processes. */
final class ExamplePrograms {
    private static final Path SOURCES =
            Path.of(System.getProperty("basedir", ".")).resolve("../docs/examples");

    private final Path folder;
    private final Path classes;

    private ExamplePrograms(final Path folder, final Path classes) {
        this.folder = folder;
        this.classes = classes;
    }

    /** Compiles everything that is there. */
    static ExamplePrograms compile(final Path folder) throws IOException {
        final Path classes = Files.createDirectories(folder.resolve("classes"));
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        final StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            final List<String> options = List.of(
                    "--release",
                    "17",
                    "-Xlint:deprecation,unchecked",
                    "-d",
                    classes.toString(),
                    "-proc:none",
                    "-cp",
                    System.getProperty("java.class.path"));
            final boolean isCompiled = compiler.getTask(
                            said, files, null, options, null, files.getJavaFileObjectsFromPaths(sources()))
                    .call();
            assertTrue(isCompiled && said.toString().isEmpty(), said.toString());
        }
        return new ExamplePrograms(folder, classes);
    }

    /** The names of all programs. */
    static List<String> names() throws IOException {
        return sources().stream()
                .map(path -> path.getFileName().toString().replace(".java", ""))
                .toList();
    }

    /** Starts a program; each start needs a place of its own for what it prints. */
    MainProcess start(final String name, final String place, final String... args) throws IOException {
        final Path output = Files.createDirectories(folder.resolve(place));
        return MainProcess.startCompiled(output, name, classes, args);
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> paths = Files.walk(SOURCES)) {
            return paths.filter(path -> path.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        }
    }
}
