package io.lockstep.archive;

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

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.lockstep.archive.history.RoomLeaks;
import java.util.Map;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class ArchiveArchitectureTest {
    private static final String HISTORY = "io.lockstep.archive.history..";

    private static final ArchRule USES_PLAIN_TYPES_ONLY = classes()
            .that()
            .resideInAPackage(HISTORY)
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            "io.lockstep.archive.history",
                            "io.lockstep.wire",
                            "io.lockstep.codecs",
                            "java.lang",
                            "java.lang.invoke",
                            "java.nio",
                            "org.agrona.sbe")
                    // Their packages are also those of chance, clocks, locks, queues, files and system properties.
                    .or(belongToAnyOf(
                            DirectBuffer.class,
                            MutableDirectBuffer.class,
                            UnsafeBuffer.class,
                            Int2ObjectHashMap.class,
                            Long2LongHashMap.class)))
            .because("what is told of a history follows from its bytes alone");

    private static final ArchRule HAS_NO_CLOCKS_THREADS_OR_CHANCE = noClasses()
            .that()
            .resideInAPackage(HISTORY)
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
            .resideInAPackage(HISTORY)
            .and()
            .areStatic()
            .should()
            .beFinal();

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.lockstep.archive");

    @Test
    void shouldDependOnCodecsOnlyWhenItIsOurs() {
        noClasses()
                .should()
                .dependOnClassesThat(DescribedPredicate.describe(
                        "are ours but neither archive nor codecs",
                        (JavaClass target) -> target.getPackageName().startsWith("io.lockstep.")
                                && !target.getPackageName()
                                        .matches("io\\.lockstep\\.(archive|codecs|wire|topic|config)(\\..*)?")))
                .check(classes);
    }

    @Test
    void shouldCatchWhatLeaksInTheHistoryRoom() {
        for (final Class<?> leak : RoomLeaks.class.getDeclaredClasses()) {
            final JavaClasses leaking = new ClassFileImporter().importClasses(leak);
            assertTrue(
                    Stream.of(USES_PLAIN_TYPES_ONLY, HAS_NO_CLOCKS_THREADS_OR_CHANCE, HAS_NO_STATIC_STATE)
                            .anyMatch(rule -> rule.evaluate(leaking).hasViolation()),
                    leak::getSimpleName);
        }
    }

    @Test
    void shouldStayPureWhenItIsInTheHistoryRoom() {
        USES_PLAIN_TYPES_ONLY.check(classes);
        HAS_NO_CLOCKS_THREADS_OR_CHANCE.check(classes);
    }

    @Test
    void shouldHaveNoStaticMutableStateWhenItIsInTheHistoryRoom() {
        HAS_NO_STATIC_STATE.check(classes);
    }
}
