using System.Net;

namespace JamEmr.Api.Http;

/// <summary>Where a request came from: the other end of the connection. No header is believed, since anybody can write one.</summary>
public static class ClientAddress
{
    /// <summary>The address as text, IPv4 in its own form; <c>unknown</c> where there is none.</summary>
    public static string Of(HttpContext http) => http.Connection.RemoteIpAddress switch
    {
        null => "unknown",
        { IsIPv4MappedToIPv6: true } address => address.MapToIPv4().ToString(),
        IPAddress address => address.ToString(),
    };
}
