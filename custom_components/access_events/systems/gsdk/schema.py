"""The messages and calls of G-SDK that are used here, and nothing more.

Source: G-SDK documentation and protocol definitions, V1.4 to V1.9. Enumerations are
plain numbers here, since gateways send ones that no list has.
"""

from typing import Final

MESSAGES: Final = """
Empty {}
AdminInfo { string version=1; string buildDate=2; }
LoginRequest { string tenantCert=1; }
LoginAdminRequest { string adminTenantCert=1; string tenantID=2; }
LoginResponse { string jwtToken=1; }
GatewayIDs { repeated string gatewayIDs=1; }
GatewayInfo { string gatewayID=1; repeated uint32 deviceIDs=2; bool isConnected=3; }
GatewayInfos { repeated GatewayInfo gatewayInfos=1; }
GatewayRequest { string gatewayID=1; }
ConnectDeviceInfo { uint32 deviceID=1; int32 connectionMode=2; string IPAddr=3; int32 port=4; int32 status=5; bool autoReconnect=6; bool useSSL=7; int32 type=8; }
DeviceList { repeated ConnectDeviceInfo deviceInfos=1; }
SlaveDeviceInfo { uint32 deviceID=1; repeated uint32 rs485SlaveDeviceIDs=2; repeated uint32 wiegandSlaveDeviceIDs=3; }
SlaveDevices { repeated SlaveDeviceInfo slaveDeviceInfos=1; }
SubscribeStatusRequest { int32 queueSize=1; }
StatusChange { uint32 deviceID=1; int32 status=2; uint32 timestamp=3; }
DeviceRequest { uint32 deviceID=1; }
DevicesRequest { repeated uint32 deviceIDs=1; }
FactoryInfo { string MACAddr=2; string modelName=3; string firmwareVersion=4; }
FactoryResponse { FactoryInfo info=1; }
Capability { uint32 maxUsers=1; uint32 maxEventLogs=2; uint32 maxImageLogs=3; }
CapabilityResponse { Capability deviceCapability=1; }
CapabilityInfo { int32 type=1; uint32 maxNumOfUser=2; bool PIN=3; bool card=4; bool card1x=5; bool SEOS=6; bool finger=7; bool face=8; bool userName=9; bool imageLogSupported=14; }
CapabilityInfoResponse { CapabilityInfo capInfo=1; }
TimeResponse { uint64 GMTTime=1; }
DetectInputInfo { uint32 ioDeviceID=1; uint32 port=2; int32 value=3; }
AlarmZoneInfo { uint32 zoneID=1; uint32 doorID=2; uint32 ioDeviceID=3; uint32 port=4; }
InterlockZoneInfo { uint32 zoneID=1; repeated uint32 doorIDs=2; }
EventLog { uint32 ID=1; uint32 timestamp=2; uint32 deviceID=3; string userID=4; uint32 entityID=5; uint32 eventCode=6; uint32 subCode=7; int32 TNAKey=8; bool hasImage=9; bool changedOnDevice=10; uint32 temperature=11; bytes cardData=12; DetectInputInfo inputInfo=13; AlarmZoneInfo alarmZoneInfo=14; InterlockZoneInfo interlockZoneInfo=15; }
SubscribeLogRequest { int32 queueSize=1; repeated uint32 deviceIDs=2; repeated uint32 eventCodes=3; }
GetLogRequest { uint32 deviceID=1; uint32 startEventID=2; uint32 maxNumOfLog=3; }
GetLogResponse { repeated bytes events=1; }
ImageLog { uint32 ID=1; uint32 timestamp=2; uint32 deviceID=3; string userID=4; uint32 eventCode=5; uint32 subCode=6; bytes JPGImage=7; }
GetImageLogResponse { repeated ImageLog imageEvents=1; }
ImageFilter { uint32 eventCode=1; uint32 scheduleID=2; }
ImageFilters { repeated ImageFilter filters=1; }
SetImageFilterRequest { uint32 deviceID=1; repeated ImageFilter filters=2; }
SetImageFilterMultiRequest { repeated uint32 deviceIDs=1; repeated ImageFilter filters=2; }
DoorRelay { uint32 deviceID=1; uint32 port=2; }
DoorSensor { uint32 deviceID=1; uint32 port=2; int32 type=3; }
ExitButton { uint32 deviceID=1; uint32 port=2; int32 type=3; }
DoorInfo { uint32 doorID=1; string name=2; uint32 entryDeviceID=3; uint32 exitDeviceID=4; DoorRelay relay=5; DoorSensor sensor=6; ExitButton button=7; uint32 autoLockTimeout=8; uint32 heldOpenTimeout=9; }
DoorListResponse { repeated DoorInfo doors=1; }
DoorStatus { uint32 doorID=1; bool isOpen=2; bool isUnlocked=3; bool heldOpen=4; uint32 unlockFlags=5; uint32 lockFlags=6; uint32 alarmFlags=7; uint32 lastOpenTime=8; }
DoorStatusResponse { repeated DoorStatus status=1; }
DoorCommand { uint32 deviceID=1; repeated uint32 doorIDs=2; uint32 doorFlag=3; uint32 normalizeTimer=4; }
ZoneInfo { uint32 zoneID=1; string name=2; }
ZoneList { repeated ZoneInfo zones=1; }
ZoneStatus { uint32 zoneID=1; int32 status=2; bool disabled=3; }
ZoneStatusRequest { uint32 deviceID=1; repeated uint32 zoneIDs=2; }
ZoneStatusResponse { repeated ZoneStatus status=1; }
UserHdr { string ID=1; uint32 second=2; int32 third=3; int32 fourth=4; int32 fifth=5; uint32 sixth=6; uint32 updateMask=7; }
UserSetting { uint32 startTime=1; uint32 endTime=2; uint32 biometricAuthMode=3; uint32 cardAuthMode=4; uint32 IDAuthMode=5; int32 securityLevel=6; uint32 faceAuthExtMode=7; uint32 fingerAuthExtMode=8; uint32 cardAuthExtMode=9; uint32 IDAuthExtMode=10; }
CSNCardData { int32 type=1; int32 size=2; bytes data=3; }
FaceData { int32 index=1; uint32 flag=2; repeated bytes templates=3; bytes imageData=4; }
UserInfo { UserHdr hdr=1; UserSetting setting=2; string name=3; repeated CSNCardData cards=4; repeated FaceData faces=6; repeated uint32 accessGroupIDs=7; bytes PIN=9; }
UserListResponse { repeated UserHdr hdrs=1; }
GetPartialRequest { uint32 deviceID=1; repeated string userIDs=2; uint32 infoMask=3; }
UsersResponse { repeated UserInfo users=1; }
EnrollRequest { uint32 deviceID=1; repeated UserInfo users=2; bool overwrite=3; }
EnrollMultiRequest { repeated uint32 deviceIDs=1; repeated UserInfo users=2; bool overwrite=3; }
UpdateRequest { uint32 deviceID=1; repeated UserInfo users=2; }
UsersRequest { uint32 deviceID=1; repeated string userIDs=2; }
DeleteMultiRequest { repeated uint32 deviceIDs=1; repeated string userIDs=2; }
UserCard { string userID=1; repeated CSNCardData cards=2; }
SetCardRequest { uint32 deviceID=1; repeated UserCard userCards=2; }
UserFace { string userID=1; repeated FaceData faces=2; }
SetFaceRequest { uint32 deviceID=1; repeated UserFace userFaces=2; }
UserAccessGroup { string userID=1; repeated uint32 accessGroupIDs=2; }
SetAccessGroupRequest { uint32 deviceID=1; repeated UserAccessGroup userAccessGroups=2; }
PINRequest { string PIN=1; }
PINResponse { bytes hashVal=1; }
HashKeyResponse { bool isDefault=1; uint32 checksum=2; }
NormalizeRequest { uint32 deviceID=1; bytes unwrappedImageData=2; }
NormalizeResponse { bytes wrappedImageData=1; }
AccessGroup { uint32 ID=1; string name=2; repeated uint32 levelIDs=3; }
AccessGroupResponse { repeated AccessGroup groups=1; }
ErrorResponse { uint32 deviceID=1; int32 code=2; string msg=3; }
MultiErrorResponse { repeated ErrorResponse deviceErrors=1; }
Any { string type_url=1; bytes value=2; }
Status { int32 code=1; string message=2; repeated Any details=3; }
"""
"""What goes over the wire. Fields that are not named here pass through unharmed."""

CALLS: Final = """
admin.Admin/GetInfo Empty AdminInfo
login.Login/Login LoginRequest LoginResponse
login.Login/LoginAdmin LoginAdminRequest LoginResponse
gateway.Gateway/GetList Empty GatewayIDs
gateway.Gateway/Get GatewayIDs GatewayInfos
connect.Connect/GetDeviceList Empty DeviceList
connect.Connect/GetSlaveDevice Empty SlaveDevices
connect.Connect/SubscribeStatus SubscribeStatusRequest StatusChange
connect_master.ConnectMaster/GetDeviceList GatewayRequest DeviceList
connect_master.ConnectMaster/GetSlaveDevice GatewayRequest SlaveDevices
connect_master.ConnectMaster/SubscribeStatus SubscribeStatusRequest StatusChange
device.Device/GetInfo DeviceRequest FactoryResponse
device.Device/GetCapability DeviceRequest CapabilityResponse
device.Device/GetCapabilityInfo DeviceRequest CapabilityInfoResponse
device.Device/GetHashKey DeviceRequest HashKeyResponse
time.Time/Get DeviceRequest TimeResponse
event.Event/EnableMonitoring DeviceRequest Empty
event.Event/EnableMonitoringMulti DevicesRequest MultiErrorResponse
event.Event/SubscribeRealtimeLog SubscribeLogRequest EventLog
event.Event/GetLog GetLogRequest GetLogResponse 30
event.Event/GetImageLog GetLogRequest GetImageLogResponse 30
event.Event/GetImageFilter DeviceRequest ImageFilters
event.Event/SetImageFilter SetImageFilterRequest Empty
event.Event/SetImageFilterMulti SetImageFilterMultiRequest MultiErrorResponse
event.Event/ClearLog DeviceRequest Empty 30
event.Event/ClearLogMulti DevicesRequest MultiErrorResponse 30
door.Door/GetList DeviceRequest DoorListResponse
door.Door/GetStatus DeviceRequest DoorStatusResponse
door.Door/Lock DoorCommand Empty
door.Door/Unlock DoorCommand Empty
door.Door/Release DoorCommand Empty
apb_zone.APBZone/Get DeviceRequest ZoneList
apb_zone.APBZone/GetStatus ZoneStatusRequest ZoneStatusResponse
timed_apb_zone.TimedAPBZone/Get DeviceRequest ZoneList
timed_apb_zone.TimedAPBZone/GetStatus ZoneStatusRequest ZoneStatusResponse
fire_zone.FireAlarmZone/Get DeviceRequest ZoneList
fire_zone.FireAlarmZone/GetStatus ZoneStatusRequest ZoneStatusResponse
lock_zone.LockZone/Get DeviceRequest ZoneList
lock_zone.LockZone/GetStatus ZoneStatusRequest ZoneStatusResponse
intrusion_zone.IntrusionAlarmZone/Get DeviceRequest ZoneList
intrusion_zone.IntrusionAlarmZone/GetStatus ZoneStatusRequest ZoneStatusResponse
interlock_zone.InterlockZone/Get DeviceRequest ZoneList
interlock_zone.InterlockZone/GetStatus ZoneStatusRequest ZoneStatusResponse
lift_zone.LiftZone/Get DeviceRequest ZoneList
lift_zone.LiftZone/GetStatus ZoneStatusRequest ZoneStatusResponse
user.User/GetList DeviceRequest UserListResponse 30
user.User/Get UsersRequest UsersResponse 30
user.User/GetPartial GetPartialRequest UsersResponse 30
user.User/Enroll EnrollRequest Empty 30
user.User/EnrollMulti EnrollMultiRequest MultiErrorResponse 30
user.User/Update UpdateRequest Empty 30
user.User/Delete UsersRequest Empty 30
user.User/DeleteMulti DeleteMultiRequest MultiErrorResponse 30
user.User/SetCard SetCardRequest Empty 30
user.User/SetFace SetFaceRequest Empty 30
user.User/SetAccessGroup SetAccessGroupRequest Empty 30
user.User/GetPINHash PINRequest PINResponse
face.Face/Normalize NormalizeRequest NormalizeResponse 30
access.Access/GetList DeviceRequest AccessGroupResponse
"""
"""Service and method, request, response, and the deadline in seconds where it is long."""
