namespace JamEmr.Engine.Clustering.Security;

/// <summary>
/// What a certificate of a cluster says its holder is: a DNS name among its alternative names, which the TLS handshake itself compares. The
/// names are in a domain kept for private use (ICANN resolution 2024.07.29.06), so no public authority issues them.
/// </summary>
internal static class ClusterRoles
{
    /// <summary>Hosts grains: is connected to, and connects to other silos.</summary>
    public const string Silo = "silo.jamemr.internal";

    /// <summary>Calls grains through the gateways of silos; may never join as a silo.</summary>
    public const string Client = "client.jamemr.internal";

    /// <summary>Extended key usage of whoever is connected to (RFC 5280, 4.2.1.12). Clients' certificates lack it.</summary>
    public const string ServerUsage = "1.3.6.1.5.5.7.3.1";

    /// <summary>Extended key usage of whoever connects.</summary>
    public const string ClientUsage = "1.3.6.1.5.5.7.3.2";
}
