package claviger.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;

/** The code of {@code docs/guides/protect-a-service-java.md}, compiled. */
final class Guide {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```java (\\S+)\\n(.*?)^```$");

  private final ClassLoader classes;

  @Configuration
  @EnableWebMvc
  static class Web {}

  private Guide(ClassLoader classes) {
    this.classes = classes;
  }

  /** Compiles the code into the folder. */
  static Guide compiled(Path folder) throws IOException {
    Path repository = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(repository.resolve("docs/guides"))) {
      repository = repository.getParent();
    }
    String page = Files.readString(repository.resolve("docs/guides/protect-a-service-java.md"));
    List<String> arguments = new ArrayList<>(List.of(
        "-Xlint:cast,deprecation,rawtypes,unchecked", "-Werror", "-parameters", "--release", "17",
        "-d", folder.toString(), "-cp", System.getProperty("java.class.path")));
    Matcher block = BLOCK.matcher(page);
    while (block.find()) {
      Path file = folder.resolve(block.group(1));
      Files.writeString(file, block.group(2));
      arguments.add(file.toString());
    }
    assertEquals(5, arguments.stream().filter(argument -> argument.endsWith(".java")).count());
    int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
    assertEquals(0, status, "the code of the guide does not compile");
    return new Guide(new URLClassLoader(new URL[] {folder.toUri().toURL()}, Guide.class.getClassLoader()));
  }

  Class<?> type(String name) throws ClassNotFoundException {
    return classes.loadClass(name);
  }

  /** The classes of its service. */
  Class<?>[] service() throws ClassNotFoundException {
    return new Class<?>[] {type("ServiceSecurity"), type("Builds"), Web.class};
  }
}
