package claviger.spring;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.apache.tomcat.util.modeler.Registry;
import org.springframework.core.env.MapPropertySource;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.filter.DelegatingFilterProxy;
import org.springframework.web.servlet.DispatcherServlet;

/** A service with Spring's real filters and servlet, in Tomcat on the loopback interface. */
final class Service implements AutoCloseable {
  /** Held, since the level of a logger that nobody holds is forgotten. */
  private static final Logger LOGGER = Logger.getLogger("");

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final Tomcat tomcat = new Tomcat();
  private final AnnotationConfigWebApplicationContext beans = new AnnotationConfigWebApplicationContext();

  /** On a free port. */
  Service(Path folder, Map<String, Object> settings, Class<?>... configuration)
      throws IOException, ServletException, LifecycleException {
    this(folder, 0, settings, configuration);
  }

  Service(Path folder, int port, Map<String, Object> settings, Class<?>... configuration)
      throws IOException, ServletException, LifecycleException {
    LOGGER.setLevel(Level.SEVERE);
    // Its names are those of a process with one Tomcat.
    Registry.disableRegistry();
    tomcat.setBaseDir(Files.createDirectories(folder).toString());
    tomcat.setSilent(true);
    tomcat.setHostname("127.0.0.1");
    tomcat.setPort(port);
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    Context context = tomcat.addContext("", folder.toString());
    beans.getEnvironment().getPropertySources().addFirst(new MapPropertySource("test", settings));
    beans.register(configuration);
    beans.setServletContext(context.getServletContext());
    beans.setClassLoader(configuration[0].getClassLoader());
    beans.refresh();

    FilterDef filter = new FilterDef();
    filter.setFilterName("springSecurityFilterChain");
    filter.setFilter(new DelegatingFilterProxy("springSecurityFilterChain", beans));
    context.addFilterDef(filter);
    FilterMap everywhere = new FilterMap();
    everywhere.setFilterName("springSecurityFilterChain");
    everywhere.addURLPattern("/*");
    context.addFilterMap(everywhere);
    Tomcat.addServlet(context, "service", new DispatcherServlet(beans));
    context.addServletMapping("/", "service");
    tomcat.start();
  }

  <T> T bean(Class<T> type) {
    return beans.getBean(type);
  }

  /** A request with these values of Authorization headers. */
  HttpResponse<String> get(String path, String... authorization) throws IOException, InterruptedException {
    return send("GET", path, authorization);
  }

  HttpResponse<String> send(String method, String path, String... authorization)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + tomcat.getConnector().getLocalPort() + path);
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody());
    for (String value : authorization) {
      request.header("Authorization", value);
    }
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Override
  public void close() throws LifecycleException {
    tomcat.stop();
    tomcat.destroy();
    beans.close();
  }
}
