package io.lockstep.codecs;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.lockstep.wire.RoomLeaks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Wire and topic rules are pure, and the module depends on nothing of ours. */
class RoomRulesTest {
    private static final String[] PURE = {"io.lockstep.wire..", "io.lockstep.topic..", "io.lockstep.access.rules.."};

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.lockstep.wire", "io.lockstep.topic", "io.lockstep.access", "io.lockstep.config");

    private static final ArchRule USES_PLAIN_TYPES_ONLY = classes()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            "io.lockstep.wire",
                            "io.lockstep.topic",
                            "io.lockstep.access.rules",
                            "io.lockstep.codecs",
                            "java.lang",
                            "java.lang.invoke",
                            "java.lang.runtime",
                            "java.nio",
                            "java.nio.charset",
                            "java.util.function",
                            "org.agrona.sbe")
                    // Their packages are also those of chance, clocks, queues, files and system properties.
                    .or(belongToAnyOf(
                            ArrayList.class,
                            Arrays.class,
                            Comparator.class,
                            Iterator.class,
                            LinkedHashMap.class,
                            List.class,
                            Map.class,
                            Objects.class,
                            Set.class,
                            CRC32C.class,
                            DirectBuffer.class,
                            MutableDirectBuffer.class,
                            ExpandableArrayBuffer.class,
                            UnsafeBuffer.class)))
            .because("replicas and readers everywhere must come to the same bytes");

    private static final ArchRule HAS_NO_CLOCKS_THREADS_OR_CHANCE = noClasses()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(
                    System.class,
                    Thread.class,
                    ThreadLocal.class,
                    Runtime.class,
                    Process.class,
                    ProcessBuilder.class,
                    ClassLoader.class)
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .callMethod(Object.class, "hashCode")
            .orShould()
            .callMethodWhere(target(owner(type(Map.class))).and(target(nameMatching("of|ofEntries|copyOf"))))
            .because("time is an argument, and Map.of has another order in each JVM");

    private static final ArchRule HAS_NO_STATIC_STATE = fields().that()
            .areDeclaredInClassesThat()
            .resideInAnyPackage(PURE)
            .and()
            .areStatic()
            .should()
            .beFinal();

    @Test
    void shouldKnowNothingOfTheWorld() {
        USES_PLAIN_TYPES_ONLY.check(CLASSES);
    }

    @Test
    void shouldHaveNoClocksThreadsOrChance() {
        HAS_NO_CLOCKS_THREADS_OR_CHANCE.check(CLASSES);
    }

    @Test
    void shouldHaveNoStaticState() {
        HAS_NO_STATIC_STATE.check(CLASSES);
    }

    @Test
    void shouldCatchWhatLeaks() {
        for (final Class<?> leak : RoomLeaks.class.getDeclaredClasses()) {
            final JavaClasses leaking = new ClassFileImporter().importClasses(leak);
            assertTrue(
                    Stream.of(USES_PLAIN_TYPES_ONLY, HAS_NO_CLOCKS_THREADS_OR_CHANCE, HAS_NO_STATIC_STATE)
                            .anyMatch(rule -> rule.evaluate(leaking).hasViolation()),
                    leak::getSimpleName);
        }
    }

    @Test
    void shouldDependOnNothingElseOfOurs() {
        noClasses()
                .that()
                .resideInAnyPackage("io.lockstep..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.lockstep.archive..",
                        "io.lockstep.cluster..",
                        "io.lockstep.client..",
                        "io.lockstep.cli..",
                        "io.lockstep.gateway..",
                        "io.lockstep.testkit..",
                        "io.lockstep.perf..")
                .check(CLASSES);
    }
}
