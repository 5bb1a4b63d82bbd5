namespace JamEmr.Engine.Storage.Files;

/// <summary>The folder that holds an engine's data.</summary>
internal static class DataFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes the folder where it does not exist, readable by its owner only, and takes its lock.</summary>
    public static DataFolderLock MakeAndLock(string folder)
    {
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, OwnerOnly);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageUnavailableException($"The data folder {folder} cannot be made: {e.Message}", e);
        }

        return DataFolderLock.Take(folder);
    }
}
