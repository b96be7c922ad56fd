/**
 * What each entry point exports, values and types alike. A name that goes from here is a breaking
 * change; a name that comes in is a promise.
 *
 * @module
 */

/** By the names that `deno.json` gives the entry points. */
export const ENTRY_POINTS: Readonly<Record<string, readonly string[]>> = {
  ".": words(`
    AddResult Attempt Authenticator BusyError Capabilities CertificateError ClientTlsOptions
    CloudStore CloudStoreOptions CommandError ConnectionError ConnectionErrorKind CopyResult
    CredentialKind Credentials Deletion Dialogue DiscoveredServer DownloadOptions DownloadProgress
    Ending FakeStore FakeStoreOptions FolderOptions FolderStore Identity IncomingMessage ItemChange IzynodeEncoding KeyPair
    KnownSource ListEntry Listener LiveSession LocalFsOptions LocalFsStore LogFields LogLevel Logger
    LoggerOptions MODHANDLERS MaildirOptions MaildirStore MaildropStat MemoryListener
    MemoryTransport MessageCache MessageSet MessageSetError MessageTerm MetricFamily MetricSample
    MimeItem MimeQuery MimeStore Modhandler NetAddress NewManner NewMimeItem OpenStoreOptions
    PROVIDERS PeerNews Pop3Client Pop3ClientOptions Pop3Server Pop3ServerOptions Progress
    ProtocolError Provider ReadOptions RefusalCause Refused RemoteMessage Retrieval RetryOptions
    RetryPolicy S3Store S3StoreOptions ScramCredentials ScramUser Security SelectOptions
    ServerMetrics ServerRefusal ServerTls ServiceFetch ServiceRecord ServiceResolver SessionOptions
    SessionSummary SignInError SignInMethod SignInOptions SignInResult SourceNotes
    StoreDownloadOptions StoreDownloadResult StoreError StoreErrorKind StoreLock StoreSettings
    StoreStatus TAGS Tag TellPeers TimeoutError TlsFacts Transport UidlEntry Watched adviceFor
    certificatesInPem copyMessages createLogger discoverServer dnsResolver downloadToStore isTag
    listMessages meansLater openStore parseMessageSet pickMessages providerServer refusedAtSignIn
    selectMessages silentLogger singlePassword withRetries
  `),
  "./server": words(`
    AddResult Authenticator ClientTlsOptions CredentialKind Credentials Ending Identity ItemChange
    KeyPair Listener LiveSession LogFields Logger MemoryListener MemoryTransport MetricFamily
    MetricSample MimeItem MimeQuery MimeStore NetAddress NewMimeItem PeerNews Pop3Server
    Pop3ServerOptions Progress ReadOptions RefusalCause ScramCredentials ScramUser ServerMetrics
    ServerTls SessionSummary SignInResult SourceNotes StoreLock StoreStatus TAGS Tag TellPeers
    TlsFacts Transport silentLogger singlePassword
  `),
  "./client": words(`
    AddResult Attempt BusyError Capabilities CertificateError ClientTlsOptions CommandError
    ConnectionError ConnectionErrorKind CopyResult Deletion Dialogue DiscoveredServer
    DownloadOptions DownloadProgress IncomingMessage ItemChange KnownSource ListEntry MaildropStat
    MessageSet MessageSetError MessageTerm MimeItem MimeQuery MimeStore NetAddress NewManner
    NewMimeItem PROVIDERS Pop3Client Pop3ClientOptions Progress ProtocolError Provider ReadOptions
    Refused RemoteMessage Retrieval RetryOptions Security SelectOptions ServerRefusal ServiceRecord
    ServiceResolver SessionOptions SignInError SignInMethod SignInOptions SourceNotes
    StoreDownloadOptions StoreDownloadResult StoreLock StoreStatus Tag TimeoutError TlsFacts
    Transport UidlEntry Watched adviceFor certificatesInPem copyMessages discoverServer dnsResolver
    downloadToStore listMessages meansLater parseMessageSet pickMessages providerServer
    refusedAtSignIn selectMessages withRetries
  `),
  "./stores": words(`
    AddResult CloudStore CloudStoreOptions FakeStore FakeStoreOptions FolderOptions FolderStore ItemChange IzynodeEncoding
    LocalFsOptions LocalFsStore LogFields Logger MODHANDLERS MaildirOptions MaildirStore
    MessageCache MimeItem MimeQuery MimeStore Modhandler NewMimeItem OpenStoreOptions ReadOptions
    RetryPolicy S3Store S3StoreOptions ServiceFetch SourceNotes StoreError StoreErrorKind StoreLock
    StoreSettings
    StoreStatus TAGS Tag isTag openStore
  `),
  "./cli": [],
};

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
