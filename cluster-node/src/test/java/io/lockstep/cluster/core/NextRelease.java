package io.lockstep.cluster.core;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import uk.co.real_logic.sbe.generation.common.PrecedenceChecks;
import uk.co.real_logic.sbe.generation.java.JavaGenerator;
import uk.co.real_logic.sbe.generation.java.JavaOutputManager;
import uk.co.real_logic.sbe.ir.Ir;
import uk.co.real_logic.sbe.xml.IrGenerator;
import uk.co.real_logic.sbe.xml.ParserOptions;
import uk.co.real_logic.sbe.xml.XmlSchemaParser;

/**
 * What a release with the next version of the schema would be: one more field in each block and each group, the codecs
 * generated from that, and the sources of engine and history compiled against them. Its classes live in a class loader
 * of their own beside those of today; tasks run there, and only types of the JDK pass between the two.
 */
final class NextRelease implements AutoCloseable {
    private static final String OURS = "io.lockstep.";
    private static final Pattern MESSAGE =
            Pattern.compile("<sbe:message name=\"\\w+\" id=\"(\\d+)\".*?</sbe:message>", Pattern.DOTALL);
    private static final Pattern GROUP = Pattern.compile("<group .*?</group>", Pattern.DOTALL);
    private static final Pattern END_OF_MESSAGE_BLOCK = Pattern.compile("<group|<data|</sbe:message>");
    private static final Pattern END_OF_GROUP_BLOCK = Pattern.compile("<data|</group>");
    private static final Pattern VERSION = Pattern.compile(" version=\"(\\d+)\"\\s");
    private static final List<String> SOURCES = List.of(
            "../codecs/src/main/java/io/lockstep/access/rules",
            "../codecs/src/main/java/io/lockstep/wire",
            "../codecs/src/main/java/io/lockstep/topic",
            "../codecs/src/main/java/io/lockstep/config",
            "../archive/src/main/java/io/lockstep/archive/history",
            "src/main/java/io/lockstep/cluster/core");

    private final URLClassLoader classes;

    private NextRelease(final URLClassLoader classes) {
        this.classes = classes;
    }

    /** Generates and compiles it in an empty directory; the blocks of the chosen templates grow. */
    static NextRelease build(final Path directory, final IntPredicate growingTemplates) throws IOException {
        final Path generated = Files.createDirectories(directory.resolve("generated"));
        final Path compiled = Files.createDirectories(directory.resolve("classes"));
        generate(nextSchema(growingTemplates), generated);
        final List<Path> sources = new ArrayList<>(javaFilesIn(generated));
        for (final String source : SOURCES) {
            sources.addAll(javaFilesIn(Path.of(source)));
        }
        compile(sources, compiled);
        final URL[] urls = {compiled.toUri().toURL(), locationOf(NextRelease.class)};
        return new NextRelease(new URLClassLoader(urls, new NotOurs(NextRelease.class.getClassLoader())));
    }

    /** Runs a task, which has a constructor without parameters, in the next release. */
    List<byte[]> run(final Class<? extends Function<List<byte[]>, List<byte[]>>> task, final List<byte[]> input) {
        try {
            final Object there =
                    classes.loadClass(task.getName()).getDeclaredConstructor().newInstance();
            @SuppressWarnings("unchecked")
            final Function<List<byte[]>, List<byte[]>> function = (Function<List<byte[]>, List<byte[]>>) there;
            return function.apply(input);
        } catch (final ReflectiveOperationException ex) {
            throw new IllegalStateException("the next release cannot run " + task, ex);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void close() throws IOException {
        classes.close();
    }

    private static String nextSchema(final IntPredicate growingTemplates) throws IOException {
        final String today;
        try (InputStream input = NextRelease.class.getResourceAsStream("/lockstep-schema.xml")) {
            today = new String(input.readAllBytes(), StandardCharsets.UTF_8);
        }
        final Matcher version = VERSION.matcher(today.substring(today.indexOf("<sbe:messageSchema")));
        if (!version.find()) {
            throw new IllegalStateException("the schema has no version");
        }
        final int next = Integer.parseInt(version.group(1)) + 1;
        final String longer = MESSAGE.matcher(today).replaceAll(message -> {
            final String text = message.group();
            if (!growingTemplates.test(Integer.parseInt(message.group(1)))) {
                return Matcher.quoteReplacement(text);
            }
            final String longerGroups = GROUP.matcher(text)
                    .replaceAll(group ->
                            Matcher.quoteReplacement(withField(group.group(), END_OF_GROUP_BLOCK, "InGroup", next)));
            return Matcher.quoteReplacement(withField(longerGroups, END_OF_MESSAGE_BLOCK, "", next));
        });
        return longer.replaceFirst(VERSION.pattern(), " version=\"" + next + "\"\n");
    }

    private static String withField(final String text, final Pattern endOfBlock, final String name, final int version) {
        final Matcher end = endOfBlock.matcher(text);
        if (!end.find()) {
            throw new IllegalStateException("no end of block in " + text);
        }
        return text.substring(0, end.start())
                + "<field name=\"addedLater" + name
                + "\" id=\"999\" type=\"int64\" presence=\"optional\" sinceVersion=\""
                + version + "\"/>" + text.substring(end.start());
    }

    private static void generate(final String schema, final Path directory) throws IOException {
        final ParserOptions options = ParserOptions.builder()
                .stopOnError(true)
                .warningsFatal(true)
                .suppressOutput(false)
                .build();
        final Ir ir;
        try (InputStream input = new ByteArrayInputStream(schema.getBytes(StandardCharsets.UTF_8))) {
            ir = new IrGenerator().generate(XmlSchemaParser.parse(input, options));
        } catch (final Exception ex) {
            throw new IllegalStateException("the next schema cannot be parsed", ex);
        }
        new JavaGenerator(
                        ir,
                        "org.agrona.MutableDirectBuffer",
                        "org.agrona.DirectBuffer",
                        false,
                        true,
                        true,
                        false,
                        PrecedenceChecks.newInstance(new PrecedenceChecks.Context()),
                        new JavaOutputManager(directory.toString(), ir.applicableNamespace()))
                .generate();
    }

    private static void compile(final List<Path> sources, final Path directory) throws IOException {
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            final List<String> options = List.of(
                    "-d", directory.toString(), "-proc:none", "-nowarn", "-cp", System.getProperty("java.class.path"));
            if (!compiler.getTask(null, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
                    .call()) {
                throw new IllegalStateException("the next release does not compile, see above");
            }
        }
    }

    private static List<Path> javaFilesIn(final Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            // Javadoc of a package is of no use here, and javac writes its class twice.
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.endsWith("package-info.java"))
                    .toList();
        }
    }

    private static URL locationOf(final Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }

    /** Hides our classes of today. */
    private static final class NotOurs extends ClassLoader {
        NotOurs(final ClassLoader today) {
            super(today);
        }

        /** {@inheritDoc} */
        @Override
        protected Class<?> loadClass(final String name, final boolean resolve) throws ClassNotFoundException {
            if (name.startsWith(OURS)) {
                throw new ClassNotFoundException(name);
            }
            return super.loadClass(name, resolve);
        }
    }
}
