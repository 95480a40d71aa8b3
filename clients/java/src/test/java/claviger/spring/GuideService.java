package claviger.spring;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * The service of {@code docs/guides/protect-a-service-java.md} in a process of its own. The argument is an empty folder;
 * settings are in the environment, as for the services of the other guides.
 */
public final class GuideService {
  private GuideService() {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    Guide guide = Guide.compiled(Files.createDirectories(folder.resolve("guide")));
    Map<String, Object> settings = Map.of(
        "claviger.issuer", setting("CLAVIGER_ISSUER"), "claviger.audience", setting("CLAVIGER_AUDIENCE"),
        "claviger.client-id", setting("CLAVIGER_CLIENT_ID"), "claviger.client-key", setting("CLAVIGER_CLIENT_KEY"));
    String listen = setting("LISTEN");
    int port = Integer.parseInt(listen.substring(listen.lastIndexOf(':') + 1));
    new Service(folder.resolve("tomcat"), port, settings, guide.service());
    // Until the process is ended.
    new CountDownLatch(1).await();
  }

  private static String setting(String name) {
    String value = System.getenv(name);
    if (value == null) {
      throw new IllegalArgumentException(name + " is not set");
    }
    return value;
  }
}
