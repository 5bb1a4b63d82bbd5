namespace JamEmr.Cli.Transfer;

/// <summary>A backup, a restore or a move cannot be done; the message says why and what to do.</summary>
internal sealed class TransferException(string message, Exception? inner = null) : Exception(message, inner);
