using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Connections.Security;

namespace JamEmr.Engine.Clustering.Security;

/// <summary>Secures the connections of a cluster: mutual TLS where certificates are set; else nothing leaves this machine.</summary>
internal static class ClusterConnections
{
    /// <summary>Secures those of a silo.</summary>
    public static void SecureSilo(this IServiceCollection services, ClusterTlsOptions tls)
    {
        if (!tls.IsSet)
        {
            services.Configure<SiloConnectionOptions>(static o => o.ConfigureSiloOutboundConnection(LoopbackOnly));
            return;
        }

        AddCertificates(services, tls, ClusterRoles.Silo);
        services.AddOptions<SiloConnectionOptions>().Configure<ClusterCertificates>(static (o, certificates) =>
        {
            o.ConfigureSiloInboundConnection(connection => connection.UseServerTls(certificates.For(ClusterRoles.Silo)));
            o.ConfigureGatewayInboundConnection(connection => connection.UseServerTls(certificates.For(ClusterRoles.Client, ClusterRoles.Silo)));
            o.ConfigureSiloOutboundConnection(connection => connection.UseClientTls(certificates.For(ClusterRoles.Silo)));
        });
    }

    /// <summary>Secures those of a client.</summary>
    public static void SecureClient(this IServiceCollection services, ClusterTlsOptions tls)
    {
        if (!tls.IsSet)
        {
            services.Configure<ClientConnectionOptions>(static o => o.ConfigureConnection(LoopbackOnly));
            return;
        }

        AddCertificates(services, tls, ClusterRoles.Client);
        services.AddOptions<ClientConnectionOptions>().Configure<ClusterCertificates>(static (o, certificates) =>
            o.ConfigureConnection(connection => connection.UseClientTls(certificates.For(ClusterRoles.Silo))));
    }

    private static void AddCertificates(IServiceCollection services, ClusterTlsOptions tls, string role) => services.AddSingleton(provider =>
        new ClusterCertificates(tls, role, provider.GetService<TimeProvider>() ?? TimeProvider.System, provider.GetRequiredService<ILogger<ClusterCertificates>>()));

    // Who may be at the other end of a cable is not known without certificates.
    private static void LoopbackOnly(IConnectionBuilder connection) => connection.Use(static next => context =>
        context.RemoteEndPoint is IPEndPoint { Address: var address } && !IPAddress.IsLoopback(address)
            ? throw new ConnectionAbortedException($"Nothing is sent to {address}: set JamEmr:Cluster:Tls to talk to other machines.")
            : next(context));
}
