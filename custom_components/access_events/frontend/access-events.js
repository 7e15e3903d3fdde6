/* Built from frontend/ by scripts/frontend. Contains Lit (BSD-3-Clause) and icons of Material Design Icons (Apache-2.0). */
var b3=Object.defineProperty;var B3=Object.getOwnPropertyDescriptor;var d=(M,H,C,V)=>{for(var L=V>1?void 0:V?B3(H,C):H,r=M.length-1,e;r>=0;r--)(e=M[r])&&(L=(V?e(H,C,L):e(L))||L);return V&&L&&b3(H,C,L),L};var B2="M10 4A4 4 0 0 1 14 8A4 4 0 0 1 10 12A4 4 0 0 1 6 8A4 4 0 0 1 10 4M10 14C14.42 14 18 15.79 18 18V20H2V18C2 15.79 5.58 14 10 14M20 12V7H22V13H20M20 17V15H22V17H20Z";var P2="M10 4A4 4 0 0 0 6 8A4 4 0 0 0 10 12A4 4 0 0 0 14 8A4 4 0 0 0 10 4M17.5 13C15 13 13 15 13 17.5C13 20 15 22 17.5 22C20 22 22 20 22 17.5C22 15 20 13 17.5 13M10 14C5.58 14 2 15.79 2 18V20H11.5A6.5 6.5 0 0 1 11 17.5A6.5 6.5 0 0 1 11.95 14.14C11.32 14.06 10.68 14 10 14M17.5 14.5C19.16 14.5 20.5 15.84 20.5 17.5C20.5 18.06 20.35 18.58 20.08 19L16 14.92C16.42 14.65 16.94 14.5 17.5 14.5M14.92 16L19 20.08C18.58 20.35 18.06 20.5 17.5 20.5C15.84 20.5 14.5 19.16 14.5 17.5C14.5 16.94 14.65 16.42 14.92 16Z";var T2="M21.1,12.5L22.5,13.91L15.97,20.5L12.5,17L13.9,15.59L15.97,17.67L21.1,12.5M10,17L13,20H3V18C3,15.79 6.58,14 11,14L12.89,14.11L10,17M11,4A4,4 0 0,1 15,8A4,4 0 0,1 11,12A4,4 0 0,1 7,8A4,4 0 0,1 11,4Z";var F2="M21.7,13.35L20.7,14.35L18.65,12.3L19.65,11.3C19.86,11.09 20.21,11.09 20.42,11.3L21.7,12.58C21.91,12.79 21.91,13.14 21.7,13.35M12,18.94L18.06,12.88L20.11,14.93L14.06,21H12V18.94M12,14C7.58,14 4,15.79 4,18V20H10V18.11L14,14.11C13.34,14.03 12.67,14 12,14M12,4A4,4 0 0,0 8,8A4,4 0 0,0 12,12A4,4 0 0,0 16,8A4,4 0 0,0 12,4Z";var R2="M12,5.5A3.5,3.5 0 0,1 15.5,9A3.5,3.5 0 0,1 12,12.5A3.5,3.5 0 0,1 8.5,9A3.5,3.5 0 0,1 12,5.5M5,8C5.56,8 6.08,8.15 6.53,8.42C6.38,9.85 6.8,11.27 7.66,12.38C7.16,13.34 6.16,14 5,14A3,3 0 0,1 2,11A3,3 0 0,1 5,8M19,8A3,3 0 0,1 22,11A3,3 0 0,1 19,14C17.84,14 16.84,13.34 16.34,12.38C17.2,11.27 17.62,9.85 17.47,8.42C17.92,8.15 18.44,8 19,8M5.5,18.25C5.5,16.18 8.41,14.5 12,14.5C15.59,14.5 18.5,16.18 18.5,18.25V20H5.5V18.25M0,20V18.5C0,17.11 1.89,15.94 4.45,15.6C3.86,16.28 3.5,17.22 3.5,18.25V20H0M24,20H20.5V18.25C20.5,17.22 20.14,16.28 19.55,15.6C22.11,15.94 24,17.11 24,18.5V20Z";var E2="M15,14C12.33,14 7,15.33 7,18V20H23V18C23,15.33 17.67,14 15,14M1,10V12H9V10M15,12A4,4 0 0,0 19,8A4,4 0 0,0 15,4A4,4 0 0,0 11,8A4,4 0 0,0 15,12Z";var b1="M15,14C12.33,14 7,15.33 7,18V20H23V18C23,15.33 17.67,14 15,14M6,10V7H4V10H1V12H4V15H6V12H9V10M15,12A4,4 0 0,0 19,8A4,4 0 0,0 15,4A4,4 0 0,0 11,8A4,4 0 0,0 15,12Z";var D2="M13 13H11V7H13M11 15H13V17H11M15.73 3H8.27L3 8.27V15.73L8.27 21H15.73L21 15.73V8.27L15.73 3Z";var $2="M13,20H11V8L5.5,13.5L4.08,12.08L12,4.16L19.92,12.08L18.5,13.5L13,8V20Z";var _2="M21,19V20H3V19L5,17V11C5,7.9 7.03,5.17 10,4.29C10,4.19 10,4.1 10,4A2,2 0 0,1 12,2A2,2 0 0,1 14,4C14,4.1 14,4.19 14,4.29C16.97,5.17 19,7.9 19,11V17L21,19M14,21A2,2 0 0,1 12,23A2,2 0 0,1 10,21";var N2="M2,3H22C23.05,3 24,3.95 24,5V19C24,20.05 23.05,21 22,21H2C0.95,21 0,20.05 0,19V5C0,3.95 0.95,3 2,3M14,6V7H22V6H14M14,8V9H21.5L22,9V8H14M14,10V11H21V10H14M8,13.91C6,13.91 2,15 2,17V18H14V17C14,15 10,13.91 8,13.91M8,6A3,3 0 0,0 5,9A3,3 0 0,0 8,12A3,3 0 0,0 11,9A3,3 0 0,0 8,6Z";var W2="M17,19H7V5H17M17,1H7C5.89,1 5,1.89 5,3V21A2,2 0 0,0 7,23H17A2,2 0 0,0 19,21V3C19,1.89 18.1,1 17,1Z";var I2="M22,21H2V3H4V19H6V10H10V19H12V6H16V19H18V14H22V21Z";var B1="M12 2C6.5 2 2 6.5 2 12S6.5 22 12 22 22 17.5 22 12 17.5 2 12 2M10 17L5 12L6.41 10.59L10 14.17L17.59 6.58L19 8L10 17Z";var P1="M19,6.41L17.59,5L12,10.59L6.41,5L5,6.41L10.59,12L5,17.59L6.41,19L12,13.41L17.59,19L19,17.59L13.41,12L19,6.41Z";var U2="M12,2C17.53,2 22,6.47 22,12C22,17.53 17.53,22 12,22C6.47,22 2,17.53 2,12C2,6.47 6.47,2 12,2M15.59,7L12,10.59L8.41,7L7,8.41L10.59,12L7,15.59L8.41,17L12,13.41L15.59,17L17,15.59L13.41,12L17,8.41L15.59,7Z";var G2="M13 17.5C13 18.39 13.18 19.23 13.5 20H6.5C5 20 3.69 19.5 2.61 18.43C1.54 17.38 1 16.09 1 14.58C1 13.28 1.39 12.12 2.17 11.1S4 9.43 5.25 9.15C5.67 7.62 6.5 6.38 7.75 5.43S10.42 4 12 4C13.95 4 15.6 4.68 16.96 6.04C18.32 7.4 19 9.05 19 11C19.04 11 19.07 11 19.1 11C15.7 11.23 13 14.05 13 17.5M19 13.5V12L16.75 14.25L19 16.5V15C20.38 15 21.5 16.12 21.5 17.5C21.5 17.9 21.41 18.28 21.24 18.62L22.33 19.71C22.75 19.08 23 18.32 23 17.5C23 15.29 21.21 13.5 19 13.5M19 20C17.62 20 16.5 18.88 16.5 17.5C16.5 17.1 16.59 16.72 16.76 16.38L15.67 15.29C15.25 15.92 15 16.68 15 17.5C15 19.71 16.79 21.5 19 21.5V23L21.25 20.75L19 18.5V20Z";var Q2="M12,15.5A3.5,3.5 0 0,1 8.5,12A3.5,3.5 0 0,1 12,8.5A3.5,3.5 0 0,1 15.5,12A3.5,3.5 0 0,1 12,15.5M19.43,12.97C19.47,12.65 19.5,12.33 19.5,12C19.5,11.67 19.47,11.34 19.43,11L21.54,9.37C21.73,9.22 21.78,8.95 21.66,8.73L19.66,5.27C19.54,5.05 19.27,4.96 19.05,5.05L16.56,6.05C16.04,5.66 15.5,5.32 14.87,5.07L14.5,2.42C14.46,2.18 14.25,2 14,2H10C9.75,2 9.54,2.18 9.5,2.42L9.13,5.07C8.5,5.32 7.96,5.66 7.44,6.05L4.95,5.05C4.73,4.96 4.46,5.05 4.34,5.27L2.34,8.73C2.21,8.95 2.27,9.22 2.46,9.37L4.57,11C4.53,11.34 4.5,11.67 4.5,12C4.5,12.33 4.53,12.65 4.57,12.97L2.46,14.63C2.27,14.78 2.21,15.05 2.34,15.27L4.34,18.73C4.46,18.95 4.73,19.03 4.95,18.95L7.44,17.94C7.96,18.34 8.5,18.68 9.13,18.93L9.5,21.58C9.54,21.82 9.75,22 10,22H14C14.25,22 14.46,21.82 14.5,21.58L14.87,18.93C15.5,18.67 16.04,18.34 16.56,17.94L19.05,18.95C19.27,19.03 19.54,18.95 19.66,18.73L21.66,15.27C21.78,15.05 21.73,14.78 21.54,14.63L19.43,12.97Z";var z2="M19,4H15.5L14.5,3H9.5L8.5,4H5V6H19M6,19A2,2 0 0,0 8,21H16A2,2 0 0,0 18,19V7H6V19Z";var K2="M12,19A2,2 0 0,0 10,21A2,2 0 0,0 12,23A2,2 0 0,0 14,21A2,2 0 0,0 12,19M6,1A2,2 0 0,0 4,3A2,2 0 0,0 6,5A2,2 0 0,0 8,3A2,2 0 0,0 6,1M6,7A2,2 0 0,0 4,9A2,2 0 0,0 6,11A2,2 0 0,0 8,9A2,2 0 0,0 6,7M6,13A2,2 0 0,0 4,15A2,2 0 0,0 6,17A2,2 0 0,0 8,15A2,2 0 0,0 6,13M18,5A2,2 0 0,0 20,3A2,2 0 0,0 18,1A2,2 0 0,0 16,3A2,2 0 0,0 18,5M12,13A2,2 0 0,0 10,15A2,2 0 0,0 12,17A2,2 0 0,0 14,15A2,2 0 0,0 12,13M18,13A2,2 0 0,0 16,15A2,2 0 0,0 18,17A2,2 0 0,0 20,15A2,2 0 0,0 18,13M18,7A2,2 0 0,0 16,9A2,2 0 0,0 18,11A2,2 0 0,0 20,9A2,2 0 0,0 18,7M12,7A2,2 0 0,0 10,9A2,2 0 0,0 12,11A2,2 0 0,0 14,9A2,2 0 0,0 12,7M12,1A2,2 0 0,0 10,3A2,2 0 0,0 12,5A2,2 0 0,0 14,3A2,2 0 0,0 12,1Z";var q2="M8,3C6.89,3 6,3.89 6,5V21H18V5C18,3.89 17.11,3 16,3H8M8,5H16V19H8V5M13,11V13H15V11H13Z",j2="M16,11H18V13H16V11M12,3H19C20.11,3 21,3.89 21,5V19H22V21H2V19H10V5C10,3.89 10.89,3 12,3M12,5V19H19V5H12Z";var Y2="M12,3C10.89,3 10,3.89 10,5H3V19H2V21H22V19H21V5C21,3.89 20.11,3 19,3H12M12,5H19V19H12V5M5,11H7V13H5V11Z";var X2="M5,20H19V18H5M19,9H15V3H9V9H5L12,16L19,9Z";var J2="M13.34,8.17C12.41,8.17 11.65,7.4 11.65,6.47A1.69,1.69 0 0,1 13.34,4.78C14.28,4.78 15.04,5.54 15.04,6.47C15.04,7.4 14.28,8.17 13.34,8.17M10.3,19.93L4.37,18.75L4.71,17.05L8.86,17.9L10.21,11.04L8.69,11.64V14.5H7V10.54L11.4,8.67L12.07,8.59C12.67,8.59 13.17,8.93 13.5,9.44L14.36,10.79C15.04,12 16.39,12.82 18,12.82V14.5C16.14,14.5 14.44,13.67 13.34,12.4L12.84,14.94L14.61,16.63V23H12.92V17.9L11.14,16.21L10.3,19.93M21,23H19V3H6V16.11L4,15.69V1H21V23M6,23H4V19.78L6,20.2V23Z";var C5="M9,11.75A1.25,1.25 0 0,0 7.75,13A1.25,1.25 0 0,0 9,14.25A1.25,1.25 0 0,0 10.25,13A1.25,1.25 0 0,0 9,11.75M15,11.75A1.25,1.25 0 0,0 13.75,13A1.25,1.25 0 0,0 15,14.25A1.25,1.25 0 0,0 16.25,13A1.25,1.25 0 0,0 15,11.75M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12A10,10 0 0,0 12,2M12,20A8,8 0 0,1 4,12C3.97,11.71 3.97,11.43 4,11.14C6.38,10.1 8.27,8.17 9.26,5.77C11.13,8.42 14.17,10 17.42,10C18.18,10 18.93,9.91 19.67,9.74C20.92,14 18.5,18.43 14.26,19.67C13.5,19.89 12.76,20 12,20M0,2A2,2 0 0,1 2,0H6V2H2V6H0V2M24,22A2,2 0 0,1 22,24H18V22H22V18H24V22M2,24A2,2 0 0,1 0,22V18H2V22H6V24H2M22,0A2,2 0 0,1 24,2V6H22V2H18V0H22Z";var H5="M14.76,20.83L17.6,18L14.76,15.17L16.17,13.76L19,16.57L21.83,13.76L23.24,15.17L20.43,18L23.24,20.83L21.83,22.24L19,19.4L16.17,22.24L14.76,20.83M12,12V19.88C12.04,20.18 11.94,20.5 11.71,20.71C11.32,21.1 10.69,21.1 10.3,20.71L8.29,18.7C8.06,18.47 7.96,18.16 8,17.87V12H7.97L2.21,4.62C1.87,4.19 1.95,3.56 2.38,3.22C2.57,3.08 2.78,3 3,3V3H17V3C17.22,3 17.43,3.08 17.62,3.22C18.05,3.56 18.13,4.19 17.79,4.62L12.03,12H12Z";var V5="M6,13H18V11H6M3,6V8H21V6M10,18H14V16H10V18Z";var L5="M7,5H21V7H7V5M7,13V11H21V13H7M4,4.5A1.5,1.5 0 0,1 5.5,6A1.5,1.5 0 0,1 4,7.5A1.5,1.5 0 0,1 2.5,6A1.5,1.5 0 0,1 4,4.5M4,10.5A1.5,1.5 0 0,1 5.5,12A1.5,1.5 0 0,1 4,13.5A1.5,1.5 0 0,1 2.5,12A1.5,1.5 0 0,1 4,10.5M7,19V17H21V19H7M4,16.5A1.5,1.5 0 0,1 5.5,18A1.5,1.5 0 0,1 4,19.5A1.5,1.5 0 0,1 2.5,18A1.5,1.5 0 0,1 4,16.5Z";var M5="M15.07,11.25L14.17,12.17C13.45,12.89 13,13.5 13,15H11V14.5C11,13.39 11.45,12.39 12.17,11.67L13.41,10.41C13.78,10.05 14,9.55 14,9C14,7.89 13.1,7 12,7A2,2 0 0,0 10,9H8A4,4 0 0,1 12,5A4,4 0 0,1 16,9C16,9.88 15.64,10.67 15.07,11.25M13,19H11V17H13M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12C22,6.47 17.5,2 12,2Z";var r5="M13.5,8H12V13L16.28,15.54L17,14.33L13.5,12.25V8M13,3A9,9 0 0,0 4,12H1L4.96,16.03L9,12H6A7,7 0 0,1 13,5A7,7 0 0,1 20,12A7,7 0 0,1 13,19C11.07,19 9.32,18.21 8.06,16.94L6.64,18.36C8.27,20 10.5,21 13,21A9,9 0 0,0 22,12A9,9 0 0,0 13,3";var e5="M13,9H11V7H13M13,17H11V11H13M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12A10,10 0 0,0 12,2Z";var t5="M4,1C2.89,1 2,1.89 2,3V7C2,8.11 2.89,9 4,9H1V11H13V9H10C11.11,9 12,8.11 12,7V3C12,1.89 11.11,1 10,1H4M4,3H10V7H4V3M3,13V18L3,20H10V18H5V13H3M14,13C12.89,13 12,13.89 12,15V19C12,20.11 12.89,21 14,21H11V23H23V21H20C21.11,21 22,20.11 22,19V15C22,13.89 21.11,13 20,13H14M14,15H20V19H14V15Z",T1="M4,1C2.89,1 2,1.89 2,3V7C2,8.11 2.89,9 4,9H1V11H13V9H10C11.11,9 12,8.11 12,7V3C12,1.89 11.11,1 10,1H4M4,3H10V7H4V3M14,13C12.89,13 12,13.89 12,15V19C12,20.11 12.89,21 14,21H11V23H23V21H20C21.11,21 22,20.11 22,19V15C22,13.89 21.11,13 20,13H14M3.88,13.46L2.46,14.88L4.59,17L2.46,19.12L3.88,20.54L6,18.41L8.12,20.54L9.54,19.12L7.41,17L9.54,14.88L8.12,13.46L6,15.59L3.88,13.46M14,15H20V19H14V15Z",i5="M4,1C2.89,1 2,1.89 2,3V7C2,8.11 2.89,9 4,9H1V11H13V9H10C11.11,9 12,8.11 12,7V3C12,1.89 11.11,1 10,1H4M4,3H10V7H4V3M3,12V14H5V12H3M14,13C12.89,13 12,13.89 12,15V19C12,20.11 12.89,21 14,21H11V23H23V21H20C21.11,21 22,20.11 22,19V15C22,13.89 21.11,13 20,13H14M3,15V17H5V15H3M14,15H20V19H14V15M3,18V20H5V18H3M6,18V20H8V18H6M9,18V20H11V18H9Z";var F1="M12,17A2,2 0 0,0 14,15C14,13.89 13.1,13 12,13A2,2 0 0,0 10,15A2,2 0 0,0 12,17M18,8A2,2 0 0,1 20,10V20A2,2 0 0,1 18,22H6A2,2 0 0,1 4,20V10C4,8.89 4.9,8 6,8H7V6A5,5 0 0,1 12,1A5,5 0 0,1 17,6V8H18M12,3A3,3 0 0,0 9,6V8H15V6A3,3 0 0,0 12,3Z",o5="M10 17C11.1 17 12 16.1 12 15C12 13.9 11.1 13 10 13C8.9 13 8 13.9 8 15S8.9 17 10 17M16 8C17.1 8 18 8.9 18 10V20C18 21.1 17.1 22 16 22H4C2.9 22 2 21.1 2 20V10C2 8.9 2.9 8 4 8H5V6C5 3.2 7.2 1 10 1S15 3.2 15 6V8H16M10 3C8.3 3 7 4.3 7 6V8H13V6C13 4.3 11.7 3 10 3M22 13H20V7H22V13M22 17H20V15H22V17Z";var R1="M18 1C15.24 1 13 3.24 13 6V8H4C2.9 8 2 8.89 2 10V20C2 21.11 2.9 22 4 22H16C17.11 22 18 21.11 18 20V10C18 8.9 17.11 8 16 8H15V6C15 4.34 16.34 3 18 3C19.66 3 21 4.34 21 6V8H23V6C23 3.24 20.76 1 18 1M10 13C11.1 13 12 13.89 12 15C12 16.11 11.11 17 10 17C8.9 17 8 16.11 8 15C8 13.9 8.9 13 10 13Z";var a5="M9,2A7,7 0 0,1 16,9C16,10.5 15.5,12 14.61,13.19L15.41,14H16L22,20L20,22L14,16V15.41L13.19,14.61C12,15.5 10.5,16 9,16A7,7 0 0,1 2,9A7,7 0 0,1 9,2M11.12,5.46L9,7.59L6.88,5.46L5.46,6.88L7.59,9L5.46,11.12L6.88,12.54L9,10.41L11.12,12.54L12.54,11.12L10.41,9L12.54,6.88L11.12,5.46Z";var A5="M3,6H21V8H3V6M3,11H21V13H3V11M3,16H21V18H3V16Z";var d5="M20.71,7.04C21.1,6.65 21.1,6 20.71,5.63L18.37,3.29C18,2.9 17.35,2.9 16.96,3.29L15.12,5.12L18.87,8.87M3,17.25V21H6.75L17.81,9.93L14.06,6.18L3,17.25Z";var p5="M23.71,16.67C20.66,13.77 16.54,12 12,12C7.46,12 3.34,13.77 0.29,16.67C0.11,16.85 0,17.1 0,17.38C0,17.65 0.11,17.9 0.29,18.08L2.77,20.56C2.95,20.74 3.2,20.86 3.5,20.86C3.75,20.86 4,20.75 4.18,20.57C4.97,19.83 5.86,19.21 6.84,18.72C7.17,18.56 7.4,18.22 7.4,17.82V14.72C8.85,14.25 10.39,14 12,14C13.6,14 15.15,14.25 16.6,14.72V17.82C16.6,18.22 16.83,18.56 17.16,18.72C18.14,19.21 19.03,19.83 19.82,20.57C20,20.75 20.25,20.86 20.5,20.86C20.8,20.86 21.05,20.74 21.23,20.56L23.71,18.08C23.89,17.9 24,17.65 24,17.38C24,17.1 23.89,16.85 23.71,16.67M6.5,5.5L12,11L19,4L18,3L12,9L7.5,4.5H11V3H5V9H6.5V5.5Z";var m5="M20.84 22.73L15.31 17.2L14.5 18V21H9.5V18L6 14.5V9C6 8.7 6.1 8.41 6.25 8.14L1.11 3L2.39 1.73L22.11 21.46L20.84 22.73M18 14.5V9C18 8 17 7 16 7V3H14V7H10.2L17.85 14.65L18 14.5M10 3H8V4.8L10 6.8V3Z";var n5="M12,4C14.1,4 16.1,4.8 17.6,6.3C20.7,9.4 20.7,14.5 17.6,17.6C15.8,19.5 13.3,20.2 10.9,19.9L11.4,17.9C13.1,18.1 14.9,17.5 16.2,16.2C18.5,13.9 18.5,10.1 16.2,7.7C15.1,6.6 13.5,6 12,6V10.6L7,5.6L12,0.6V4M6.3,17.6C3.7,15 3.3,11 5.1,7.9L6.6,9.4C5.5,11.6 5.9,14.4 7.8,16.2C8.3,16.7 8.9,17.1 9.6,17.4L9,19.4C8,19 7.1,18.4 6.3,17.6Z";var l5="M13,19H14A1,1 0 0,1 15,20H22V22H15A1,1 0 0,1 14,23H10A1,1 0 0,1 9,22H2V20H9A1,1 0 0,1 10,19H11V17H4A1,1 0 0,1 3,16V12A1,1 0 0,1 4,11H20A1,1 0 0,1 21,12V16A1,1 0 0,1 20,17H13V19M4,3H20A1,1 0 0,1 21,4V8A1,1 0 0,1 20,9H4A1,1 0 0,1 3,8V4A1,1 0 0,1 4,3M9,7H10V5H9V7M9,15H10V13H9V15M5,5V7H7V5H5M5,13V15H7V13H5Z";var d2="M12,1L3,5V11C3,16.55 6.84,21.74 12,23C17.16,21.74 21,16.55 21,11V5M11,7H13V13H11M11,15H13V17H11";var u1="M10,17L6,13L7.41,11.59L10,14.17L16.59,7.58L18,9M12,1L3,5V11C3,16.55 6.84,21.74 12,23C17.16,21.74 21,16.55 21,11V5L12,1Z";var v5="M12,18A6,6 0 0,1 6,12C6,11 6.25,10.03 6.7,9.2L5.24,7.74C4.46,8.97 4,10.43 4,12A8,8 0 0,0 12,20V23L16,19L12,15M12,4V1L8,5L12,9V6A6,6 0 0,1 18,12C18,13 17.75,13.97 17.3,14.8L18.76,16.26C19.54,15.03 20,13.57 20,12A8,8 0 0,0 12,4Z";var x5="M18.45 5.97C18 5.46 17.55 5 17.04 4.56L15.62 6C14.07 4.74 12.12 4 10 4C5.03 4 1 8.03 1 13S5.03 22 10 22C15 22 19 17.97 19 13C19 10.88 18.26 8.93 17.03 7.39L18.45 5.97M11 14H9V7H11V14M13 3H7V1H13V3M23 7V13H21V7H23M21 15H23V17H21V15Z";var s5="M15 3H9V1H15V3M13 19C13 20.03 13.26 21 13.71 21.83C13.16 21.94 12.59 22 12 22C7.03 22 3 17.97 3 13S7.03 4 12 4C14.12 4 16.07 4.74 17.62 6L19.04 4.56C19.55 5 20 5.46 20.45 5.97L19.03 7.39C20.26 8.93 21 10.88 21 13C21 13.12 21 13.23 21 13.35C20.36 13.13 19.7 13 19 13C15.69 13 13 15.69 13 19M13 7H11V14H13V7M21.34 15.84L17.75 19.43L16.16 17.84L15 19L17.75 22L22.5 17.25L21.34 15.84Z";var E1=globalThis,D1=E1.ShadowRoot&&(E1.ShadyCSS===void 0||E1.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,p2=Symbol(),Z5=new WeakMap,c1=class{constructor(H,C,V){if(this._$cssResult$=!0,V!==p2)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=H,this.t=C}get styleSheet(){let H=this.o,C=this.t;if(D1&&H===void 0){let V=C!==void 0&&C.length===1;V&&(H=Z5.get(C)),H===void 0&&((this.o=H=new CSSStyleSheet).replaceSync(this.cssText),V&&Z5.set(C,H))}return H}toString(){return this.cssText}},u5=M=>new c1(typeof M=="string"?M:M+"",void 0,p2),Z=(M,...H)=>{let C=M.length===1?M[0]:H.reduce((V,L,r)=>V+(e=>{if(e._$cssResult$===!0)return e.cssText;if(typeof e=="number")return e;throw Error("Value passed to 'css' function must be a 'css' function result: "+e+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(L)+M[r+1],M[0]);return new c1(C,M,p2)},c5=(M,H)=>{if(D1)M.adoptedStyleSheets=H.map(C=>C instanceof CSSStyleSheet?C:C.styleSheet);else for(let C of H){let V=document.createElement("style"),L=E1.litNonce;L!==void 0&&V.setAttribute("nonce",L),V.textContent=C.cssText,M.appendChild(V)}},m2=D1?M=>M:M=>M instanceof CSSStyleSheet?(H=>{let C="";for(let V of H.cssRules)C+=V.cssText;return u5(C)})(M):M;var{is:P3,defineProperty:T3,getOwnPropertyDescriptor:F3,getOwnPropertyNames:R3,getOwnPropertySymbols:E3,getPrototypeOf:D3}=Object,$1=globalThis,S5=$1.trustedTypes,$3=S5?S5.emptyScript:"",_3=$1.reactiveElementPolyfillSupport,S1=(M,H)=>M,h1={toAttribute(M,H){switch(H){case Boolean:M=M?$3:null;break;case Object:case Array:M=M==null?M:JSON.stringify(M)}return M},fromAttribute(M,H){let C=M;switch(H){case Boolean:C=M!==null;break;case Number:C=M===null?null:Number(M);break;case Object:case Array:try{C=JSON.parse(M)}catch{C=null}}return C}},_1=(M,H)=>!P3(M,H),h5={attribute:!0,type:String,converter:h1,reflect:!1,useDefault:!1,hasChanged:_1};Symbol.metadata??=Symbol("metadata"),$1.litPropertyMetadata??=new WeakMap;var R=class extends HTMLElement{static addInitializer(H){this._$Ei(),(this.l??=[]).push(H)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(H,C=h5){if(C.state&&(C.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(H)&&((C=Object.create(C)).wrapped=!0),this.elementProperties.set(H,C),!C.noAccessor){let V=Symbol(),L=this.getPropertyDescriptor(H,V,C);L!==void 0&&T3(this.prototype,H,L)}}static getPropertyDescriptor(H,C,V){let{get:L,set:r}=F3(this.prototype,H)??{get(){return this[C]},set(e){this[C]=e}};return{get:L,set(e){let t=L?.call(this);r?.call(this,e),this.requestUpdate(H,t,V)},configurable:!0,enumerable:!0}}static getPropertyOptions(H){return this.elementProperties.get(H)??h5}static _$Ei(){if(this.hasOwnProperty(S1("elementProperties")))return;let H=D3(this);H.finalize(),H.l!==void 0&&(this.l=[...H.l]),this.elementProperties=new Map(H.elementProperties)}static finalize(){if(this.hasOwnProperty(S1("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(S1("properties"))){let C=this.properties,V=[...R3(C),...E3(C)];for(let L of V)this.createProperty(L,C[L])}let H=this[Symbol.metadata];if(H!==null){let C=litPropertyMetadata.get(H);if(C!==void 0)for(let[V,L]of C)this.elementProperties.set(V,L)}this._$Eh=new Map;for(let[C,V]of this.elementProperties){let L=this._$Eu(C,V);L!==void 0&&this._$Eh.set(L,C)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(H){let C=[];if(Array.isArray(H)){let V=new Set(H.flat(1/0).reverse());for(let L of V)C.unshift(m2(L))}else H!==void 0&&C.push(m2(H));return C}static _$Eu(H,C){let V=C.attribute;return V===!1?void 0:typeof V=="string"?V:typeof H=="string"?H.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(H=>this.enableUpdating=H),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(H=>H(this))}addController(H){(this._$EO??=new Set).add(H),this.renderRoot!==void 0&&this.isConnected&&H.hostConnected?.()}removeController(H){this._$EO?.delete(H)}_$E_(){let H=new Map,C=this.constructor.elementProperties;for(let V of C.keys())this.hasOwnProperty(V)&&(H.set(V,this[V]),delete this[V]);H.size>0&&(this._$Ep=H)}createRenderRoot(){let H=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return c5(H,this.constructor.elementStyles),H}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(H=>H.hostConnected?.())}enableUpdating(H){}disconnectedCallback(){this._$EO?.forEach(H=>H.hostDisconnected?.())}attributeChangedCallback(H,C,V){this._$AK(H,V)}_$ET(H,C){let V=this.constructor.elementProperties.get(H),L=this.constructor._$Eu(H,V);if(L!==void 0&&V.reflect===!0){let r=(V.converter?.toAttribute!==void 0?V.converter:h1).toAttribute(C,V.type);this._$Em=H,r==null?this.removeAttribute(L):this.setAttribute(L,r),this._$Em=null}}_$AK(H,C){let V=this.constructor,L=V._$Eh.get(H);if(L!==void 0&&this._$Em!==L){let r=V.getPropertyOptions(L),e=typeof r.converter=="function"?{fromAttribute:r.converter}:r.converter?.fromAttribute!==void 0?r.converter:h1;this._$Em=L;let t=e.fromAttribute(C,r.type);this[L]=t??this._$Ej?.get(L)??t,this._$Em=null}}requestUpdate(H,C,V,L=!1,r){if(H!==void 0){let e=this.constructor;if(L===!1&&(r=this[H]),V??=e.getPropertyOptions(H),!((V.hasChanged??_1)(r,C)||V.useDefault&&V.reflect&&r===this._$Ej?.get(H)&&!this.hasAttribute(e._$Eu(H,V))))return;this.C(H,C,V)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(H,C,{useDefault:V,reflect:L,wrapped:r},e){V&&!(this._$Ej??=new Map).has(H)&&(this._$Ej.set(H,e??C??this[H]),r!==!0||e!==void 0)||(this._$AL.has(H)||(this.hasUpdated||V||(C=void 0),this._$AL.set(H,C)),L===!0&&this._$Em!==H&&(this._$Eq??=new Set).add(H))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(C){Promise.reject(C)}let H=this.scheduleUpdate();return H!=null&&await H,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[L,r]of this._$Ep)this[L]=r;this._$Ep=void 0}let V=this.constructor.elementProperties;if(V.size>0)for(let[L,r]of V){let{wrapped:e}=r,t=this[L];e!==!0||this._$AL.has(L)||t===void 0||this.C(L,void 0,r,t)}}let H=!1,C=this._$AL;try{H=this.shouldUpdate(C),H?(this.willUpdate(C),this._$EO?.forEach(V=>V.hostUpdate?.()),this.update(C)):this._$EM()}catch(V){throw H=!1,this._$EM(),V}H&&this._$AE(C)}willUpdate(H){}_$AE(H){this._$EO?.forEach(C=>C.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(H)),this.updated(H)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(H){return!0}update(H){this._$Eq&&=this._$Eq.forEach(C=>this._$ET(C,this[C])),this._$EM()}updated(H){}firstUpdated(H){}};R.elementStyles=[],R.shadowRootOptions={mode:"open"},R[S1("elementProperties")]=new Map,R[S1("finalized")]=new Map,_3?.({ReactiveElement:R}),($1.reactiveElementVersions??=[]).push("2.1.2");var l2=globalThis,O5=M=>M,N1=l2.trustedTypes,g5=N1?N1.createPolicy("lit-html",{createHTML:M=>M}):void 0,v2="$lit$",E=`lit$${Math.random().toFixed(9).slice(2)}$`,x2="?"+E,N3=`<${x2}>`,Y=document,g1=()=>Y.createComment(""),f1=M=>M===null||typeof M!="object"&&typeof M!="function",s2=Array.isArray,B5=M=>s2(M)||typeof M?.[Symbol.iterator]=="function",n2=`[ 	
\f\r]`,O1=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,f5=/-->/g,k5=/>/g,q=RegExp(`>|${n2}(?:([^\\s"'>=/]+)(${n2}*=${n2}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),y5=/'/g,w5=/"/g,P5=/^(?:script|style|textarea|title)$/i,Z2=M=>(H,...C)=>({_$litType$:M,strings:H,values:C}),o=Z2(1),z1=Z2(2),b0=Z2(3),B=Symbol.for("lit-noChange"),a=Symbol.for("lit-nothing"),b5=new WeakMap,j=Y.createTreeWalker(Y,129);function T5(M,H){if(!s2(M)||!M.hasOwnProperty("raw"))throw Error("invalid template strings array");return g5!==void 0?g5.createHTML(H):H}var F5=(M,H)=>{let C=M.length-1,V=[],L,r=H===2?"<svg>":H===3?"<math>":"",e=O1;for(let t=0;t<C;t++){let i=M[t],m,v,A=-1,n=0;for(;n<i.length&&(e.lastIndex=n,v=e.exec(i),v!==null);)n=e.lastIndex,e===O1?v[1]==="!--"?e=f5:v[1]!==void 0?e=k5:v[2]!==void 0?(P5.test(v[2])&&(L=RegExp("</"+v[2],"g")),e=q):v[3]!==void 0&&(e=q):e===q?v[0]===">"?(e=L??O1,A=-1):v[1]===void 0?A=-2:(A=e.lastIndex-v[2].length,m=v[1],e=v[3]===void 0?q:v[3]==='"'?w5:y5):e===w5||e===y5?e=q:e===f5||e===k5?e=O1:(e=q,L=void 0);let p=e===q&&M[t+1].startsWith("/>")?" ":"";r+=e===O1?i+N3:A>=0?(V.push(m),i.slice(0,A)+v2+i.slice(A)+E+p):i+E+(A===-2?t:p)}return[T5(M,r+(M[C]||"<?>")+(H===2?"</svg>":H===3?"</math>":"")),V]},k1=class M{constructor({strings:H,_$litType$:C},V){let L;this.parts=[];let r=0,e=0,t=H.length-1,i=this.parts,[m,v]=F5(H,C);if(this.el=M.createElement(m,V),j.currentNode=this.el.content,C===2||C===3){let A=this.el.content.firstChild;A.replaceWith(...A.childNodes)}for(;(L=j.nextNode())!==null&&i.length<t;){if(L.nodeType===1){if(L.hasAttributes())for(let A of L.getAttributeNames())if(A.endsWith(v2)){let n=v[e++],p=L.getAttribute(A).split(E),x=/([.?@])?(.*)/.exec(n);i.push({type:1,index:r,name:x[2],strings:p,ctor:x[1]==="."?I1:x[1]==="?"?U1:x[1]==="@"?G1:J}),L.removeAttribute(A)}else A.startsWith(E)&&(i.push({type:6,index:r}),L.removeAttribute(A));if(P5.test(L.tagName)){let A=L.textContent.split(E),n=A.length-1;if(n>0){L.textContent=N1?N1.emptyScript:"";for(let p=0;p<n;p++)L.append(A[p],g1()),j.nextNode(),i.push({type:2,index:++r});L.append(A[n],g1())}}}else if(L.nodeType===8)if(L.data===x2)i.push({type:2,index:r});else{let A=-1;for(;(A=L.data.indexOf(E,A+1))!==-1;)i.push({type:7,index:r}),A+=E.length-1}r++}}static createElement(H,C){let V=Y.createElement("template");return V.innerHTML=H,V}};function X(M,H,C=M,V){if(H===B)return H;let L=V!==void 0?C._$Co?.[V]:C._$Cl,r=f1(H)?void 0:H._$litDirective$;return L?.constructor!==r&&(L?._$AO?.(!1),r===void 0?L=void 0:(L=new r(M),L._$AT(M,C,V)),V!==void 0?(C._$Co??=[])[V]=L:C._$Cl=L),L!==void 0&&(H=X(M,L._$AS(M,H.values),L,V)),H}var W1=class{constructor(H,C){this._$AV=[],this._$AN=void 0,this._$AD=H,this._$AM=C}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(H){let{el:{content:C},parts:V}=this._$AD,L=(H?.creationScope??Y).importNode(C,!0);j.currentNode=L;let r=j.nextNode(),e=0,t=0,i=V[0];for(;i!==void 0;){if(e===i.index){let m;i.type===2?m=new i1(r,r.nextSibling,this,H):i.type===1?m=new i.ctor(r,i.name,i.strings,this,H):i.type===6&&(m=new Q1(r,this,H)),this._$AV.push(m),i=V[++t]}e!==i?.index&&(r=j.nextNode(),e++)}return j.currentNode=Y,L}p(H){let C=0;for(let V of this._$AV)V!==void 0&&(V.strings!==void 0?(V._$AI(H,V,C),C+=V.strings.length-2):V._$AI(H[C])),C++}},i1=class M{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(H,C,V,L){this.type=2,this._$AH=a,this._$AN=void 0,this._$AA=H,this._$AB=C,this._$AM=V,this.options=L,this._$Cv=L?.isConnected??!0}get parentNode(){let H=this._$AA.parentNode,C=this._$AM;return C!==void 0&&H?.nodeType===11&&(H=C.parentNode),H}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(H,C=this){H=X(this,H,C),f1(H)?H===a||H==null||H===""?(this._$AH!==a&&this._$AR(),this._$AH=a):H!==this._$AH&&H!==B&&this._(H):H._$litType$!==void 0?this.$(H):H.nodeType!==void 0?this.T(H):B5(H)?this.k(H):this._(H)}O(H){return this._$AA.parentNode.insertBefore(H,this._$AB)}T(H){this._$AH!==H&&(this._$AR(),this._$AH=this.O(H))}_(H){this._$AH!==a&&f1(this._$AH)?this._$AA.nextSibling.data=H:this.T(Y.createTextNode(H)),this._$AH=H}$(H){let{values:C,_$litType$:V}=H,L=typeof V=="number"?this._$AC(H):(V.el===void 0&&(V.el=k1.createElement(T5(V.h,V.h[0]),this.options)),V);if(this._$AH?._$AD===L)this._$AH.p(C);else{let r=new W1(L,this),e=r.u(this.options);r.p(C),this.T(e),this._$AH=r}}_$AC(H){let C=b5.get(H.strings);return C===void 0&&b5.set(H.strings,C=new k1(H)),C}k(H){s2(this._$AH)||(this._$AH=[],this._$AR());let C=this._$AH,V,L=0;for(let r of H)L===C.length?C.push(V=new M(this.O(g1()),this.O(g1()),this,this.options)):V=C[L],V._$AI(r),L++;L<C.length&&(this._$AR(V&&V._$AB.nextSibling,L),C.length=L)}_$AR(H=this._$AA.nextSibling,C){for(this._$AP?.(!1,!0,C);H!==this._$AB;){let V=O5(H).nextSibling;O5(H).remove(),H=V}}setConnected(H){this._$AM===void 0&&(this._$Cv=H,this._$AP?.(H))}},J=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(H,C,V,L,r){this.type=1,this._$AH=a,this._$AN=void 0,this.element=H,this.name=C,this._$AM=L,this.options=r,V.length>2||V[0]!==""||V[1]!==""?(this._$AH=Array(V.length-1).fill(new String),this.strings=V):this._$AH=a}_$AI(H,C=this,V,L){let r=this.strings,e=!1;if(r===void 0)H=X(this,H,C,0),e=!f1(H)||H!==this._$AH&&H!==B,e&&(this._$AH=H);else{let t=H,i,m;for(H=r[0],i=0;i<r.length-1;i++)m=X(this,t[V+i],C,i),m===B&&(m=this._$AH[i]),e||=!f1(m)||m!==this._$AH[i],m===a?H=a:H!==a&&(H+=(m??"")+r[i+1]),this._$AH[i]=m}e&&!L&&this.j(H)}j(H){H===a?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,H??"")}},I1=class extends J{constructor(){super(...arguments),this.type=3}j(H){this.element[this.name]=H===a?void 0:H}},U1=class extends J{constructor(){super(...arguments),this.type=4}j(H){this.element.toggleAttribute(this.name,!!H&&H!==a)}},G1=class extends J{constructor(H,C,V,L,r){super(H,C,V,L,r),this.type=5}_$AI(H,C=this){if((H=X(this,H,C,0)??a)===B)return;let V=this._$AH,L=H===a&&V!==a||H.capture!==V.capture||H.once!==V.once||H.passive!==V.passive,r=H!==a&&(V===a||L);L&&this.element.removeEventListener(this.name,this,V),r&&this.element.addEventListener(this.name,this,H),this._$AH=H}handleEvent(H){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,H):this._$AH.handleEvent(H)}},Q1=class{constructor(H,C,V){this.element=H,this.type=6,this._$AN=void 0,this._$AM=C,this.options=V}get _$AU(){return this._$AM._$AU}_$AI(H){X(this,H)}},R5={M:v2,P:E,A:x2,C:1,L:F5,R:W1,D:B5,V:X,I:i1,H:J,N:U1,U:G1,B:I1,F:Q1},W3=l2.litHtmlPolyfillSupport;W3?.(k1,i1),(l2.litHtmlVersions??=[]).push("3.3.3");var E5=(M,H,C)=>{let V=C?.renderBefore??H,L=V._$litPart$;if(L===void 0){let r=C?.renderBefore??null;V._$litPart$=L=new i1(H.insertBefore(g1(),r),r,void 0,C??{})}return L._$AI(M),L};var u2=globalThis,I=class extends R{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let H=super.createRenderRoot();return this.renderOptions.renderBefore??=H.firstChild,H}update(H){let C=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(H),this._$Do=E5(C,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return B}};I._$litElement$=!0,I.finalized=!0,u2.litElementHydrateSupport?.({LitElement:I});var I3=u2.litElementPolyfillSupport;I3?.({LitElement:I});(u2.litElementVersions??=[]).push("4.2.2");var S=M=>(H,C)=>{C!==void 0?C.addInitializer(()=>{customElements.define(M,H)}):customElements.define(M,H)};var U3={attribute:!0,type:String,converter:h1,reflect:!1,hasChanged:_1},G3=(M=U3,H,C)=>{let{kind:V,metadata:L}=C,r=globalThis.litPropertyMetadata.get(L);if(r===void 0&&globalThis.litPropertyMetadata.set(L,r=new Map),V==="setter"&&((M=Object.create(M)).wrapped=!0),r.set(C.name,M),V==="accessor"){let{name:e}=C;return{set(t){let i=H.get.call(this);H.set.call(this,t),this.requestUpdate(e,i,M,!0,t)},init(t){return t!==void 0&&this.C(e,void 0,M,t),t}}}if(V==="setter"){let{name:e}=C;return function(t){let i=this[e];H.call(this,t),this.requestUpdate(e,i,M,!0,t)}}throw Error("Unsupported decorator location: "+V)};function u(M){return(H,C)=>typeof C=="object"?G3(M,H,C):((V,L,r)=>{let e=L.hasOwnProperty(r);return L.constructor.createProperty(r,V),e?Object.getOwnPropertyDescriptor(L,r):void 0})(M,H,C)}function l(M){return u({...M,state:!0,attribute:!1})}var C1=(M,H,C)=>(C.configurable=!0,C.enumerable=!0,Reflect.decorate&&typeof H!="object"&&Object.defineProperty(M,H,C),C);function f(M,H){return(C,V,L)=>{let r=e=>e.renderRoot?.querySelector(M)??null;if(H){let{get:e,set:t}=typeof V=="object"?C:L??(()=>{let i=Symbol();return{get(){return this[i]},set(m){this[i]=m}}})();return C1(C,V,{get(){let i=e.call(this);return i===void 0&&(i=r(this),(i!==null||this.hasUpdated)&&t.call(this,i)),i}})}return C1(C,V,{get(){return r(this)}})}}var D5={ATTRIBUTE:1,CHILD:2,PROPERTY:3,BOOLEAN_ATTRIBUTE:4,EVENT:5,ELEMENT:6},K1=M=>(...H)=>({_$litDirective$:M,values:H}),o1=class{constructor(H){}get _$AU(){return this._$AM._$AU}_$AT(H,C,V){this._$Ct=H,this._$AM=C,this._$Ci=V}_$AS(H,C){return this.update(H,C)}update(H,C){return this.render(...C)}};var{I:Q3}=R5,$5=M=>M;var _5=()=>document.createComment(""),a1=(M,H,C)=>{let V=M._$AA.parentNode,L=H===void 0?M._$AB:H._$AA;if(C===void 0){let r=V.insertBefore(_5(),L),e=V.insertBefore(_5(),L);C=new Q3(r,e,M,M.options)}else{let r=C._$AB.nextSibling,e=C._$AM,t=e!==M;if(t){let i;C._$AQ?.(M),C._$AM=M,C._$AP!==void 0&&(i=M._$AU)!==e._$AU&&C._$AP(i)}if(r!==L||t){let i=C._$AA;for(;i!==r;){let m=$5(i).nextSibling;$5(V).insertBefore(i,L),i=m}}}return C},U=(M,H,C=M)=>(M._$AI(H,C),M),z3={},N5=(M,H=z3)=>M._$AH=H,W5=M=>M._$AH,q1=M=>{M._$AR(),M._$AA.remove()};var I5=(M,H,C)=>{let V=new Map;for(let L=H;L<=C;L++)V.set(M[L],L);return V},j1=K1(class extends o1{constructor(M){if(super(M),M.type!==D5.CHILD)throw Error("repeat() can only be used in text expressions")}dt(M,H,C){let V;C===void 0?C=H:H!==void 0&&(V=H);let L=[],r=[],e=0;for(let t of M)L[e]=V?V(t,e):e,r[e]=C(t,e),e++;return{values:r,keys:L}}render(M,H,C){return this.dt(M,H,C).values}update(M,[H,C,V]){let L=W5(M),{values:r,keys:e}=this.dt(H,C,V);if(!Array.isArray(L))return this.ut=e,r;let t=this.ut??=[],i=[],m,v,A=0,n=L.length-1,p=0,x=r.length-1;for(;A<=n&&p<=x;)if(L[A]===null)A++;else if(L[n]===null)n--;else if(t[A]===e[p])i[p]=U(L[A],r[p]),A++,p++;else if(t[n]===e[x])i[x]=U(L[n],r[x]),n--,x--;else if(t[A]===e[x])i[x]=U(L[A],r[x]),a1(M,i[x+1],L[A]),A++,x--;else if(t[n]===e[p])i[p]=U(L[n],r[p]),a1(M,L[A],L[n]),n--,p++;else if(m===void 0&&(m=I5(e,p,x),v=I5(t,A,n)),m.has(t[A]))if(m.has(t[n])){let g=v.get(e[p]),t1=g!==void 0?L[g]:null;if(t1===null){let b2=a1(M,L[A]);U(b2,r[p]),i[p]=b2}else i[p]=U(t1,r[p]),a1(M,L[A],t1),L[g]=null;p++}else q1(L[n]),n--;else q1(L[A]),A++;for(;p<=x;){let g=a1(M,i[x+1]);U(g,r[p]),i[p++]=g}for(;A<=n;){let g=L[A++];g!==null&&q1(g)}return this.ut=e,N5(M,i),B}});var G="access_events",U5=async M=>(await M.callWS({type:`${G}/systems`})).systems,c2=(M,H,C,V)=>M.callWS({type:`${G}/query`,...H,limit:C,...V?{before:V}:{}}),Y1=(M,H,C)=>M.connection.subscribeMessage(C,{type:`${G}/subscribe`,...H});async function G5(M,H,C,V){let L=[],r=null;do{let e=await c2(M,H,C-L.length,r);L.push(...e.events),r=e.next}while(r!==null&&L.length<C&&V());return L}var Q5=(M,H,C,V)=>M.callWS({type:`${G}/counts`,...H,bucket:C,time_zone:V});async function z5(M,H,C,V){let{path:L}=await M.callWS({type:`${G}/download`,...H,format:C,time_zone:V}),r=document.createElement("a");r.href=M.hassUrl(L),r.download="",r.style.display="none",document.body.append(r),r.click(),r.remove()}var K5=async(M,H)=>(await M.callWS({type:`${G}/people/list`,entry_id:H})).people,X1=(M,H,C,V)=>M.callWS({type:`${G}/people/${V?"update":"register"}`,entry_id:H,...C}),q5=(M,H,C)=>M.callWS({type:`${G}/people/remove`,entry_id:H,user_id:C});function k(M,H){if(!H||typeof H!="object"||!("message"in H))return String(H);let{message:C,translation_domain:V,translation_key:L,translation_placeholders:r}=H,e=`component.${V}.exceptions.${L}.message`;return L&&M.localize(e,r??{})||String(C)}var J1={access_log:"Access log",accesses_by_door:"Accesses by door",accesses_over_time:"Accesses over time",all_doors:"All doors",all_events:"All events",all_of:"All of {name}",by_day:"By day",by_hour:"By hour",cancel:"Cancel",card_count:"Number of events",card_description:"Who came to which door, as it happens.",card_name:"Access events",card_pictures:"Show pictures",card_title:"Title",catch_up_progress:"Reading what happened since {time}: {count} events so far",chart_summary:"Accesses granted: {granted}, denied: {denied}",clear_filter:"Clear filter",close:"Close",credential:"Credential",credential_cards:"Cards: {count}",credential_face:"Face",credential_phone:"Phone",credential_pin:"PIN",delay:"Delay",denied:"Denied",disable_person:"Disable {name}",disabled:"Disabled",door:"Door",doors:"Doors",download_as:"Download as {format}",edit_person:"Edit {name}",empty_keeps:"Leave empty to keep it as it is.",enable_person:"Enable {name}",event:"Event",events:"Events",events_recorded:"Events recorded",expired:"Expired",filter:"Filter",from:"From",gaps:"Gaps in the log",granted:"Granted",happened:"Happened",home_assistant_person:"Person in Home Assistant",kinds_accesses:"Granted and denied",kinds_alarms:"Alarms",kinds_denied:"Denied only",kinds_doors:"Doors and locks",kinds_people:"Changes of persons",kinds_system:"System",kinds_visitors:"Doorbell",last_event:"Last event",learned_late:"Learned late",learned_late_at:"Learned late: {time}",loading:"Loading…",log:"Log",menu:"Menu",message:"Message",method:"Method",new_events:"New events: {count}",no_door:"No door",no_gaps:"No gaps in the log.",no_people:"Nobody is registered in this system.",no_system_with_people:"No system lets its people be seen or registered.",no_systems:"No access system is set up.",nothing_found:"Nothing found.",nothing_yet:"No events yet",one_a_line:"One on each line.",only:"Only",person:"Person",person_saved:"The person was saved.",picture:"Picture",picture_of:"Picture taken at {door}",reader:"Reader",reason:"Reason",received:"Received",refresh:"Refresh",register:"Register",register_person:"Register a person",remove:"Remove",remove_person:"Remove {name}",remove_person_help:"The person and their credentials are removed from {system}. This can't be undone. What they did stays in the log.",save:"Save",search:"Search",show_all:"Show all {count}",show_as_table:"Show as a table",span_any:"Any time",span_month:"Last 30 days",span_own:"Chosen time…",span_today:"Today",span_week:"Last 7 days",span_yesterday:"Yesterday",state_catching_up:"Catching up",state_connecting:"Connecting",state_live:"Live",state_not_loaded:"Not loaded",state_offline:"Offline",system:"System",tab_chart:"Chart",tab_log:"Log",tab_people:"People",tab_systems:"Systems",time:"Time",try_again:"Try again",until:"Until",valid_from_time:"From {time}",valid_until_time:"Until {time}",vendor_code:"Vendor's code"};var h2="access_events",q3=["da","de","es","fr","nl","pl","ru","tr","uk"],S2=new Map,j5=new Map,Y5=M=>(M.language??"en").split("-")[0]??"en";async function j3(M){if(!q3.includes(M))return{};let H=new URL(`./translations/${M}.json`,import.meta.url);H.searchParams.set("v","af30e063");try{let C=await fetch(H);return C.ok?await C.json():{}}catch{return{}}}async function C2(M){let H=Y5(M);for(let C of["selector","services","entity","exceptions"])M.loadBackendTranslation(C,h2).catch(()=>{});S2.has(H)||S2.set(H,j3(H)),j5.set(H,await S2.get(H)??{})}function H1(M,H,C={}){return(j5.get(Y5(M))?.[H]??J1[H]).replace(/\{(\w+)\}/g,(L,r)=>String(C[r]??""))}function O2(M,H,C){let V=C.replaceAll("_"," ");return M.localize(`component.${h2}.${H}`)||V.charAt(0).toUpperCase()+V.slice(1)}var Q=(M,H)=>O2(M,`selector.kind.options.${H}`,H),X5=(M,H)=>O2(M,`entity.sensor.last_method.state.${H}`,H),J5=(M,H)=>O2(M,`services.register_user.fields.${H}.name`,H),C3=(M,H)=>M.localize(`component.${h2}.services.register_user.fields.${H}.description`);var Y3=(M,H)=>!M||!H||M.language!==H.language||M.locale!==H.locale||M.localize!==H.localize||M.dockedSidebar!==H.dockedSidebar||M.user!==H.user||M.connection!==H.connection,c=class extends I{words(H,C){return H1(this.hass,H,C)}async loadWords(){await C2(this.hass),this.requestUpdate()}};d([u({attribute:!1,hasChanged:Y3})],c.prototype,"hass",2);var s=M=>M?o`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${M}></path></svg>`:a;var H3={access_granted:[B1,"good"],access_denied:[U2,"bad"],unknown_credential:[M5,"bad"],duress:[B2,"bad"],door_opened:[Y2],door_closed:[j2],door_unlocked:[R1],door_locked:[F1],exit_requested:[J2],door_forced_open:[o5,"bad"],door_forced_open_cleared:[u1],door_held_open:[x5,"warn"],door_held_open_cleared:[s5],tamper:[D2,"bad"],tamper_cleared:[u1],ring:[_2],call_missed:[p5,"warn"],hold_open_started:[R1],hold_open_ended:[F1],lockdown_started:[d2,"bad"],lockdown_ended:[u1],auto_open_started:[R1],auto_open_ended:[F1],zone_alarm:[d2,"bad"],zone_alarm_cleared:[u1],user_added:[b1],user_updated:[F2],user_removed:[E2],device_online:[t5],device_offline:[T1,"warn"],device_restarted:[n5],admin:[Q2],sync:[v5]},V3=M=>H3[M]?.[0]??e5,L3=M=>H3[M]?.[1]??"",A1={accesses:["access_granted","access_denied","unknown_credential","duress"],denied:["access_denied","unknown_credential","duress"],alarms:["duress","door_forced_open","door_forced_open_cleared","door_held_open","door_held_open_cleared","tamper","tamper_cleared","zone_alarm","zone_alarm_cleared"],doors:["door_opened","door_closed","door_unlocked","door_locked","exit_requested","hold_open_started","hold_open_ended","lockdown_started","lockdown_ended","auto_open_started","auto_open_ended"],visitors:["ring","call_missed"],people:["user_added","user_updated","user_removed"],system:["device_online","device_offline","device_restarted","admin","sync","other"]},H2=[...new Set(Object.values(A1).flat())];var M3=new Map,X3=Intl.DateTimeFormat().resolvedOptions().timeZone,V1=M=>M.locale.time_zone==="server"?M.config.time_zone:X3;function J3(M){let{language:H,time_format:C}=M.locale;if(C==="12"||C==="24")return C==="12";let V=C==="system"?[]:H;return new Intl.DateTimeFormat(V,{hour:"numeric"}).resolvedOptions().hour12??!1}function D(M,H,C){let{language:V,time_format:L}=M.locale,r=`${V} ${L} ${V1(M)}`,e=M3.get(r)??new WeakMap;M3.set(r,e);let t=e.get(C);if(!t){let m=J3(M)?{hour:"numeric",hourCycle:"h12"}:{hour:"2-digit",hourCycle:"h23"};t=new Intl.DateTimeFormat(V,{timeZone:V1(M),...C,...C.hour?m:{}}),e.set(C,t)}let i=new Date(H);return Number.isNaN(i.getTime())?String(H):t.format(i)}var V2={hour:"2-digit",minute:"2-digit"},e3={...V2,second:"2-digit"},d1={day:"numeric",month:"short"},C0={weekday:"short",...d1},t3={...d1,year:"numeric"},H0={...d1,...V2},V0={weekday:"short",...V2},L0={...t3,...e3},i3=(M,H)=>D(M,H,e3),o3=(M,H)=>D(M,H,V2),a3=(M,H)=>D(M,H,V0),A3=(M,H)=>D(M,H,d1),L2=(M,H)=>{let C=new Date(H).getFullYear()===new Date().getFullYear();return D(M,H,C?C0:t3)},d3=(M,H)=>Math.abs(Date.now()-Date.parse(H))<864e5&&D(M,H,d1)===D(M,Date.now(),d1),y=(M,H)=>D(M,H,L0),p3=(M,H)=>D(M,H,H0);function m3(M,H){let C=Math.abs(H),[V,L]=C<90?[C<10?Math.round(H*10)/10:Math.round(H),"second"]:C<5400?[Math.round(H/60),"minute"]:C<129600?[Math.round(H/3600),"hour"]:[Math.round(H/86400),"day"];return new Intl.NumberFormat(M.locale.language,{style:"unit",unit:L,unitDisplay:"short",signDisplay:"negative"}).format(V)}var $=(M,H)=>new Intl.NumberFormat(M.locale.language).format(H),M0={year:"numeric",month:"2-digit",day:"2-digit",hour:"2-digit",minute:"2-digit",hourCycle:"h23"},r3=new Map;function z(M,H){if(!H||Number.isNaN(Date.parse(H)))return"";let C=V1(M),V=r3.get(C)??new Intl.DateTimeFormat("en-CA",{...M0,timeZone:C});r3.set(C,V);let L={};for(let{type:r,value:e}of V.formatToParts(new Date(H)))L[r]=e;return`${L.year?.padStart(4,"0")}-${L.month}-${L.day}T${L.hour}:${L.minute}`}function _(M,H){let C=Date.parse(`${H}Z`);if(Number.isNaN(C))return;let V=C;for(let L=0;L<2;L++)V+=C-Date.parse(`${z(M,new Date(V).toISOString())}Z`);return new Date(V).toISOString()}function N(M,H,C=0){let V=z(M,H.toISOString()).slice(0,10),L=new Date(Date.parse(`${V}T00:00Z`)-C*864e5);return _(M,L.toISOString().slice(0,16))??H.toISOString()}var r0=(M,H)=>M.localize(`component.access_events.entity.event.access.state_attributes.direction.state.${H}`)||H,p1=(M,H)=>[...H.method&&H.method!=="unknown"?[X5(M,H.method)]:[],...H.direction?[r0(M,H.direction)]:[]],m1=M=>M.person??M.person_id??"",K=M=>M.door_name??M.reader_name??M.door_id??"",M2=M=>M.reason??M.message??"",e0=M=>M.target.remove();function n1(M,H){let V=(H.ha_person?M.states[H.ha_person]:void 0)?.attributes.entity_picture,L=H.image??(typeof V=="string"?V:null);return o`<div class="badge ${L3(H.kind)}">
${L?o`<img src=${M.hassUrl(L)} alt="" loading="lazy" decoding="async" @error=${e0} />`:a}
${s(V3(H.kind))}
</div>`}var r2=(M,H)=>H.live?a:o`<span
class="late"
title=${H1(M,"learned_late_at",{time:y(M,H.received_at)})}
>${s(r5)}<span class="hidden-text">${H1(M,"learned_late")}</span></span
>`,e2=(M,H)=>o`<time datetime=${H.occurred_at} class=${d3(M,H.occurred_at)?"today":""}>
<span>${i3(M,H.occurred_at)}</span>
<span class="secondary">${L2(M,H.occurred_at)}</span>
</time>`,t2=(M,H)=>o`<span>${Q(M,H.kind)}</span>`,l1=Z`
.badge {
position: relative;
display: grid;
place-items: center;
width: 40px;
height: 40px;
flex: none;
border-radius: 50%;
background: color-mix(in srgb, var(--ae-tone, var(--secondary-text-color)) 16%, transparent);
color: var(--ae-tone, var(--secondary-text-color));
--mdc-icon-size: 22px;
}
.badge img {
grid-area: 1 / 1;
width: 40px;
height: 40px;
border-radius: 8px;
object-fit: cover;
background: var(--divider-color);
}
.badge:has(img) {
background: none;
--mdc-icon-size: 16px;
}
.badge img + .icon {
position: absolute;
inset-inline-end: -5px;
bottom: -4px;
width: 18px;
height: 18px;
padding: 1px;
border-radius: 50%;
background: var(--card-background-color);
}
.late {
display: inline-flex;
color: var(--secondary-text-color);
--mdc-icon-size: 18px;
}
time {
font-variant-numeric: tabular-nums;
white-space: nowrap;
}
`;var n3=Z`color-mix(in srgb, var(--primary-color) 55%, var(--primary-text-color))`,h=Z`
:host {
color: var(--primary-text-color);
font-family: var(--ha-font-family-body, Roboto, Noto, sans-serif);
font-size: var(--ha-font-size-m, 14px);
line-height: var(--ha-line-height-normal, 1.5);
-webkit-font-smoothing: var(--ha-font-smoothing, antialiased);
--ae-good: var(--success-color, #43a047);
--ae-bad: var(--error-color, #db4437);
--ae-warn: var(--warning-color, #ffa600);
--ae-radius: var(--ha-card-border-radius, var(--ha-border-radius-lg, 12px));
}
:host([hidden]),
[hidden] {
display: none !important;
}
* {
box-sizing: border-box;
}
:focus-visible {
outline: 2px solid ${n3};
outline-offset: 2px;
}
.hidden-text {
position: absolute;
width: 1px;
height: 1px;
overflow: hidden;
clip-path: inset(50%);
white-space: nowrap;
}
.icon {
width: var(--mdc-icon-size, 24px);
height: var(--mdc-icon-size, 24px);
flex: none;
fill: currentcolor;
}
.secondary {
color: var(--secondary-text-color);
}
.card {
background: var(--ha-card-background, var(--card-background-color));
border: var(--ha-card-border-width, 1px) solid
var(--ha-card-border-color, var(--divider-color));
border-radius: var(--ae-radius);
box-shadow: var(--ha-card-box-shadow, none);
}
h1,
h2 {
margin: 0;
font-weight: var(--ha-font-weight-normal, 400);
}
h2 {
font-size: var(--ha-font-size-xl, 20px);
}
section h2 {
font-size: var(--ha-font-size-l, 16px);
font-weight: var(--ha-font-weight-medium, 500);
}
button {
font: inherit;
color: inherit;
cursor: pointer;
}
button:disabled {
cursor: default;
opacity: 0.5;
}
.button {
display: inline-flex;
align-items: center;
justify-content: center;
gap: 8px;
min-height: 40px;
padding: 0 16px;
border: 0;
border-radius: var(--ha-border-radius-pill, 9999px);
background: none;
color: ${n3};
font-weight: var(--ha-font-weight-medium, 500);
white-space: nowrap;
--mdc-icon-size: 20px;
}
.button:hover:not(:disabled),
.icon-button:hover:not(:disabled) {
background: color-mix(in srgb, currentcolor 8%, transparent);
}
.button.filled {
background: color-mix(in srgb, var(--primary-color) 18%, transparent);
color: var(--primary-text-color);
}
.button.filled:hover:not(:disabled) {
background: color-mix(in srgb, var(--primary-color) 28%, transparent);
}
.button.danger {
color: color-mix(in srgb, var(--ae-bad) 60%, var(--primary-text-color));
}
.icon-button {
display: inline-flex;
align-items: center;
justify-content: center;
width: 40px;
height: 40px;
flex: none;
padding: 0;
border: 0;
border-radius: 50%;
background: none;
}
label.field {
display: flex;
flex-direction: column;
gap: 4px;
min-width: 0;
}
.field > span:first-child,
legend {
color: var(--secondary-text-color);
font-size: var(--ha-font-size-s, 12px);
padding: 0;
}
.field small {
color: var(--secondary-text-color);
font-size: var(--ha-font-size-s, 12px);
line-height: 1.35;
}
input:not([type="checkbox"], [type="radio"]),
select,
textarea {
width: 100%;
min-height: 40px;
padding: 8px 12px;
border: 1px solid
var(--ha-color-border-neutral-normal, var(--outline-color, var(--secondary-text-color)));
border-radius: var(--ha-border-radius-md, 8px);
background: var(--card-background-color);
color: var(--primary-text-color);
color-scheme: inherit;
font: inherit;
}
input::placeholder {
color: var(--secondary-text-color);
opacity: 1;
}
input:disabled,
select:disabled {
opacity: 0.6;
}
input[type="checkbox"] {
width: 20px;
height: 20px;
flex: none;
margin: 0;
accent-color: var(--primary-color);
}
.check {
display: flex;
align-items: center;
gap: 12px;
min-height: 36px;
}
.chip {
display: inline-flex;
align-items: center;
gap: 6px;
padding: 2px 10px;
border-radius: 999px;
background: color-mix(in srgb, var(--ae-tone, var(--secondary-text-color)) 16%, transparent);
font-size: var(--ha-font-size-s, 12px);
white-space: nowrap;
--mdc-icon-size: 14px;
}
.chip .icon {
color: var(--ae-tone);
}
.good {
--ae-tone: var(--ae-good);
}
.bad {
--ae-tone: var(--ae-bad);
}
.warn {
--ae-tone: var(--ae-warn);
}
.notice {
display: flex;
align-items: center;
gap: 12px;
padding: 12px 16px;
border-radius: var(--ha-border-radius-md, 8px);
background: color-mix(in srgb, var(--ae-tone, var(--primary-color)) 14%, transparent);
}
.notice > .icon {
color: var(--ae-tone);
}
.notice > span {
flex: 1;
overflow-wrap: anywhere;
}
.progress {
height: 4px;
overflow: hidden;
border-radius: 2px;
background: color-mix(in srgb, var(--primary-color) 20%, transparent);
}
.progress::before {
content: "";
display: block;
width: 30%;
height: 100%;
border-radius: 2px;
background: var(--primary-color);
animation: progress 1.6s infinite ease-in-out;
}
@keyframes progress {
from {
transform: translateX(-100%);
}
to {
transform: translateX(333%);
}
}
.empty {
display: flex;
flex-direction: column;
align-items: center;
gap: 8px;
padding: 48px 24px;
color: var(--secondary-text-color);
text-align: center;
--mdc-icon-size: 40px;
}
.page {
max-width: 1200px;
margin: 0 auto;
padding: 16px max(16px, var(--safe-area-inset-right, 0px)) 32px
max(16px, var(--safe-area-inset-left, 0px));
}
table {
width: 100%;
border-collapse: collapse;
font-variant-numeric: tabular-nums;
}
th {
color: var(--secondary-text-color);
font-weight: var(--ha-font-weight-medium, 500);
font-size: var(--ha-font-size-s, 12px);
text-align: start;
}
tbody th {
color: inherit;
font-size: inherit;
font-weight: inherit;
}
th,
td {
padding: 8px 12px;
border-bottom: 1px solid var(--divider-color);
}
.number {
text-align: end;
}
dialog {
width: min(560px, calc(100vw - 32px));
max-width: none;
max-height: calc(100dvh - 32px);
padding: 0;
border: 0;
border-radius: var(--ha-dialog-border-radius, var(--ha-border-radius-3xl, 24px));
background: var(--ha-dialog-surface-background, var(--card-background-color, #fff));
color: var(--primary-text-color);
color-scheme: inherit;
box-shadow: 0 8px 40px rgb(0 0 0 / 35%);
}
dialog::backdrop {
background: rgb(0 0 0 / 45%);
}
dialog form,
dialog .body {
display: flex;
flex-direction: column;
gap: 16px;
padding: 8px 24px 16px;
}
dialog header {
position: sticky;
top: 0;
z-index: 1;
display: flex;
align-items: center;
gap: 8px;
padding: 12px 12px 8px;
background: inherit;
}
dialog footer {
display: flex;
flex-wrap: wrap;
justify-content: flex-end;
gap: 8px;
padding-top: 8px;
}
dialog header h2 {
flex: 1;
min-width: 0;
overflow-wrap: anywhere;
}
@media (max-width: 600px) {
dialog {
width: 100vw;
height: 100dvh;
max-height: none;
border-radius: 0;
}
}
@media (prefers-reduced-motion: reduce) {
* {
animation: none !important;
transition: none !important;
}
}
`;var L1=class extends c{constructor(){super(...arguments);this.close=()=>this.dialog.close()}async show(C,V){this.event=C,this.systemTitle=V,await this.updateComplete,this.dialog.showModal()}closed(){this.event=void 0}pressed(C){C.target===this.dialog&&this.close()}render(){let{event:C}=this;return o`<dialog aria-labelledby="title" @close=${this.closed} @click=${this.pressed}>
${C?this.renderEvent(C):a}
</dialog>`}renderEvent(C){let{hass:V}=this,L=C.ha_person?V.states[C.ha_person]:void 0,r=[[this.words("door"),K(C)],[this.words("person"),m1(C)],[this.words("home_assistant_person"),C.ha_person&&String(L?.attributes.friendly_name??C.ha_person)],[this.words("method"),p1(V,C).join(" · ")],[this.words("credential"),C.credential],[this.words("reason"),C.reason],[this.words("message"),C.message],[this.words("happened"),y(V,C.occurred_at)],[this.words(C.live?"received":"learned_late"),y(V,C.received_at)],[this.words("reader"),C.reader_name],[this.words("system"),this.systemTitle],[this.words("vendor_code"),C.vendor_code]];return o`
<header>
${n1(V,{...C,image:null,ha_person:null})}
<h2 id="title">${Q(V,C.kind)}</h2>
<button class="icon-button" aria-label=${this.words("close")} @click=${this.close}>
${s(P1)}
</button>
</header>
<div class="body">
${C.image?o`<img
class="picture"
src=${V.hassUrl(C.image)}
alt=${this.words("picture_of",{door:K(C)})}
/>`:a}
<dl>
${r.map(([e,t])=>t?o`<div><dt>${e}</dt><dd>${t}</dd></div>`:a)}
</dl>
</div>
`}};L1.styles=[h,l1,Z`
header .badge {
margin-inline-start: 12px;
}
.picture {
max-width: 100%;
max-height: 50dvh;
align-self: center;
border-radius: var(--ae-radius);
}
dl,
dd {
margin: 0;
}
dl > div {
display: grid;
grid-template-columns: minmax(110px, 35%) 1fr;
gap: 16px;
padding: 8px 0;
border-bottom: 1px solid var(--divider-color);
}
dl > div:last-child {
border: 0;
}
dt {
color: var(--secondary-text-color);
}
dd {
overflow-wrap: anywhere;
}
`],d([l()],L1.prototype,"event",2),d([f("dialog")],L1.prototype,"dialog",2),L1=d([S("access-events-details")],L1);function v1(M,H){return M.occurred_at!==H.occurred_at?M.occurred_at>H.occurred_at?-1:1:H.seq-M.seq}var i2=class{constructor(H,C){this.fetchPage=H;this.changed=C;this.complete=!1;this.length=0;this.loading=!1;this.slices=[];this.next=null;this.uses=0;this.early=[]}at(H){let C=0;for(let V of this.slices){if(H<C+V.count){if(V.used=++this.uses,V.events)return V.events[H-C];this.reload(V);return}C+=V.count}}async more(){if(!(this.loading||this.complete)){this.loading=!0,this.error=void 0;try{let H=await this.fetchPage(100,this.next),[C]=H.events;C&&(this.slices.push({cursor:this.next,first:C,count:H.events.length,events:H.events,loading:!1,used:++this.uses}),this.length+=H.events.length),this.next=H.next,this.complete=H.next===null;let V=this.early;this.early=[],this.insert(V),this.forget()}catch(H){this.error=H}this.loading=!1,this.changed()}}insert(H){return this.loading&&this.slices.length===0?(this.early.push(...H),[]):H.toSorted(v1).map(C=>this.insertOne(C)).filter(C=>C!==void 0)}replace(H){let C=new Map(H.map(V=>[V.seq,V]));for(let V of this.slices)V.events=V.events?.map(L=>C.get(L.seq)??L)??null}insertOne(H){let C=0,V=this.slices[0];for(let r of this.slices.slice(1)){if(v1(r.first,H)>0)break;C+=V?.count??0,V=r}if(!V){let r={cursor:null,first:H,count:1,events:[H],loading:!1,used:0};return this.slices.push(r),this.length=1,0}let L=0;if(V.events){if(L=V.events.findIndex(e=>v1(e,H)>=0),L<0&&(L=V.events.length),V.events[L]?.seq===H.seq||V===this.slices.at(-1)&&L===V.events.length&&!this.complete)return;V.events.splice(L,0,H),L===0&&(V.first=H)}return V.count+=1,this.length+=1,C+L}async reload(H){if(!H.loading){H.loading=!0;try{let C=this.slices[this.slices.indexOf(H)+1]?.first,V=[],L=H.cursor;do{let r=await this.fetchPage(200,L),e=r.events.filter(t=>!C||v1(t,C)<0);V.push(...e),L=e.length===r.events.length?r.next:null}while(L!==null&&(C||V.length<H.count));this.length+=V.length-H.count,H.events=V,H.first=V[0]??H.first,H.count=V.length,this.forget(),this.changed()}catch(C){this.error=C,this.changed()}finally{H.loading=!1}}}forget(){let H=this.slices.filter(V=>V.events);if(H.length<=60)return;let C=H.reduce((V,L)=>V.used<L.used?V:L);C.events=null}};var y1="access-events-card",g2="access-events-card-editor",l3=6,v3=50,F=class extends c{constructor(){super(...arguments);this.preview=!1;this.config={type:`custom:${y1}`};this.error="";this.round=0;this.language="";this.restart=()=>{this.stop();let{hass:C,filter:V,round:L,count:r}=this;C.connection.addEventListener("ready",this.restart);let e=()=>L===this.round,t=A=>{let n=new Map([...this.events??[],...A].map(p=>[p.seq,p]));this.events=[...n.values()].sort(v1).slice(0,r)},i=A=>{e()&&(this.error=k(this.hass,A))},m=[],v=!1;Y1(C,V,({events:A,changed:n=[]})=>{if(e())if(!v)m.push(...A,...n);else{let p=n.filter(({seq:x})=>this.events?.some(g=>g.seq===x));t([...A,...p])}}).then(A=>{e()?this.unsubscribe=A:A()}).catch(i),G5(C,V,r,e).then(A=>{e()&&(this.error="",this.events=[],v=!0,t([...A,...m]))}).catch(i)}}static getConfigElement(){return document.createElement(g2)}static getStubConfig(){return{kinds:[...A1.accesses],count:l3}}setConfig(C){for(let L of["doors","systems","kinds"])if(C[L]!==void 0&&!Array.isArray(C[L]))throw new Error(`"${L}" has to be a list`);let{count:V}=C;if(V!==void 0&&!(Number.isInteger(V)&&V>=1&&V<=v3))throw new Error(`"count" has to be a whole number from 1 to ${v3}`);this.config=C,this.isConnected&&this.hass&&this.restart()}getCardSize(){return 1+this.count}getGridOptions(){return{columns:12,min_columns:6,rows:"auto",min_rows:2}}connectedCallback(){super.connectedCallback(),this.hass&&this.restart()}disconnectedCallback(){super.disconnectedCallback(),this.stop()}willUpdate(){this.hass&&this.language!==this.hass.language&&(this.language=this.hass.language,this.loadWords()),this.hass&&this.isConnected&&!this.round&&this.restart()}get count(){return this.config.count??l3}get filter(){let{doors:C,systems:V,kinds:L,person:r}=this.config;return{...C?.length?{device_ids:C}:{},...V?.length?{entry_ids:V}:{},...L?.length?{kinds:L}:{},...r?{person:r}:{}}}stop(){this.round++,this.hass?.connection.removeEventListener("ready",this.restart),this.unsubscribe?.().catch(()=>{}),this.unsubscribe=void 0}render(){if(!this.hass)return a;let{config:C}=this;return o`<ha-card>
${C.title?o`<h2>${C.title}</h2>`:a}
${this.error?o`<div class="notice bad" role="alert"><span>${this.error}</span></div>`:this.renderEvents()}
<access-events-details .hass=${this.hass}></access-events-details>
</ha-card>`}renderEvents(){let{events:C}=this;return C?C.length?o`<ul aria-label=${this.config.title||this.words("access_log")}>
${j1(C,V=>V.seq,V=>o`<li>${this.renderEvent(V)}</li>`)}
</ul>`:o`<div class="empty" role="status">${s(q2)}${this.words("nothing_yet")}</div>`:o`<div class="empty" role="status">${this.words("loading")}</div>`}renderEvent(C){let{hass:V}=this,r=this.config.pictures??!0?C:{...C,image:null,ha_person:null},e=m1(C);return o`<button @click=${()=>this.details.show(C,void 0)}>
${n1(V,r)}
<span class="what">
<span class="name">${e||K(C)}</span>
<span class="secondary">
${t2(V,C)}${[e?K(C):"",...p1(V,C),M2(C)].filter(Boolean).map(t=>` · ${t}`)}
</span>
</span>
${r2(V,C)}${e2(V,C)}
</button>`}};F.styles=[h,l1,Z`
:host {
display: block;
}
ha-card {
display: block;
overflow: hidden;
padding-block: 8px;
}
h2 {
padding: 8px 16px;
color: var(--ha-card-header-color, var(--primary-text-color));
font-size: var(--ha-card-header-font-size, var(--ha-font-size-2xl, 24px));
overflow-wrap: anywhere;
}
ul {
margin: 0;
padding: 0;
list-style: none;
}
button {
display: flex;
align-items: center;
gap: 16px;
width: 100%;
min-height: 56px;
padding: 6px 16px;
border: 0;
background: none;
text-align: start;
}
.notice .button {
width: auto;
}
button:hover {
background: color-mix(in srgb, var(--primary-text-color) 4%, transparent);
}
button:focus-visible {
outline-offset: -2px;
}
.what {
display: flex;
flex: 1;
flex-direction: column;
min-width: 0;
line-height: 1.4;
}
.what > span {
overflow: hidden;
text-overflow: ellipsis;
white-space: nowrap;
}
.what .secondary,
time {
font-size: var(--ha-font-size-s, 12px);
}
time {
display: flex;
flex-direction: column;
align-items: flex-end;
line-height: 1.4;
}
.today .secondary {
display: none;
}
.notice {
margin: 8px 16px;
}
.empty {
padding: 24px;
}
`],d([u({type:Boolean})],F.prototype,"preview",2),d([l()],F.prototype,"config",2),d([l()],F.prototype,"events",2),d([l()],F.prototype,"error",2),d([f("access-events-details")],F.prototype,"details",2),F=d([S(y1)],F);var t0={title:"card_title",doors:"doors",kinds:"events",person:"person",count:"card_count",pictures:"card_pictures"};async function i0(){if(customElements.get("ha-form"))return;let{loadCardHelpers:M}=window;await(await(await M()).createCardElement({type:"button"})).constructor.getConfigElement?.(),await customElements.whenDefined("ha-form")}var M1=class extends c{constructor(){super(...arguments);this.ready=!1;this.language="";this.label=({name:C})=>this.words(t0[C]??"events")}setConfig(C){this.config=C}connectedCallback(){super.connectedCallback(),i0().then(()=>{this.ready=!0})}willUpdate(){this.hass&&this.language!==this.hass.language&&(this.language=this.hass.language,this.loadWords())}get schema(){let C=H2.map(V=>({value:V,label:Q(this.hass,V)}));return[{name:"title",selector:{text:{}}},{name:"doors",selector:{device:{multiple:!0,filter:{integration:"access_events"}}}},{name:"kinds",selector:{select:{multiple:!0,mode:"dropdown",options:C}}},{name:"person",selector:{text:{}}},{name:"count",default:6,selector:{number:{min:1,max:50,mode:"box"}}},{name:"pictures",default:!0,selector:{boolean:{}}}]}changed(C){C.stopPropagation();let V=Object.fromEntries(Object.entries(C.detail.value).filter(([,L])=>L!==""&&L!==void 0&&!(Array.isArray(L)&&!L.length)));this.dispatchEvent(new CustomEvent("config-changed",{detail:{config:V},bubbles:!0,composed:!0}))}render(){return!this.hass||!this.config||!this.ready?a:o`<ha-form
.hass=${this.hass}
.data=${{count:6,pictures:!0,...this.config}}
.schema=${this.schema}
.computeLabel=${this.label}
@value-changed=${this.changed}
></ha-form>`}};M1.styles=h,d([l()],M1.prototype,"config",2),d([l()],M1.prototype,"ready",2),M1=d([S(g2)],M1);var o2=["granted","denied"],x3=36e5,o0=336,a0=400,A0=48,d0=30,w1=240,r1=44,s3=28,w=class extends c{constructor(){super(...arguments);this.filter={};this.titles=new Map;this.bucket="day";this.bars=[];this.doors=[];this.width=800;this.loading=!0;this.sizes=new ResizeObserver(([C])=>{this.width=Math.max(280,Math.floor(C?.contentRect.width??0)-64)});this.asked=0}connectedCallback(){super.connectedCallback(),this.sizes.observe(this)}disconnectedCallback(){super.disconnectedCallback(),this.sizes.disconnect()}willUpdate(C){C.has("filter")&&this.load()}choose(C){this.bucket=C,this.load()}starts(){let{hass:C,filter:V,bucket:L}=this,r=Date.now(),e=Math.min(r,Date.parse(V.end??"")||r),t=Date.parse(V.start??"")||0,i=[];if(L==="hour"){let m=t?o0:A0,v=z(C,new Date(e-1).toISOString()).slice(0,13),A=Date.parse(_(C,`${v}:00`)??"");for(let n=A;n>t-x3&&i.length<m;n-=x3)i.unshift(new Date(n).toISOString())}else{let m=t?a0:d0;for(let v=0;i.length<m;v++){let A=N(C,new Date(e-1),v);if(i.unshift(A),Date.parse(A)<=t)break}}return i}async load(){let C=++this.asked,V=this.starts(),[L]=V,{filter:r,bucket:e}=this,t=[L,r.start].filter(i=>i!==void 0).sort((i,m)=>Date.parse(i)-Date.parse(m)).at(-1);this.loading=!0;try{let i=await Q5(this.hass,{...r,...t?{start:t}:{}},e,V1(this.hass));if(C!==this.asked)return;let m=[...V.map(A=>Date.parse(A)),1/0],v=(A,n)=>{let p=Date.parse(A.start);return p>=(m[n]??0)&&p<(m[n+1]??0)};this.bars=V.map((A,n)=>({start:A,...f2(i.buckets.filter(p=>v(p,n)))})),this.doors=i.doors.filter(({granted:A,denied:n})=>A+n>0).sort((A,n)=>n.granted+n.denied-A.granted-A.denied),this.error=void 0}catch(i){C===this.asked&&(this.error=i)}this.loading=!1}titleOf({entry_id:C}){return this.titles.size>1?this.titles.get(C):void 0}label(C){return this.bucket==="hour"?p3(this.hass,C):L2(this.hass,C)}render(){let{bars:C}=this;if(this.error)return o`<div class="page"><div class="notice bad" role="alert"><span>${k(this.hass,this.error)}</span></div></div>`;let V=f2(C);return o`<div class="page" aria-busy=${this.loading}>
<section class="card" aria-labelledby="over-time">
<header>
<h2 id="over-time">${this.words("accesses_over_time")}</h2>
<div class="choice" role="group" aria-label=${this.words("accesses_over_time")}>
${["hour","day"].map(L=>o`<button
class="button ${this.bucket===L?"filled":""}"
aria-pressed=${this.bucket===L}
@click=${()=>this.choose(L)}
>
${this.words(`by_${L}`)}
</button>`)}
</div>
</header>
<div
class="progress"
role="progressbar"
aria-label=${this.words("loading")}
style=${this.loading?"":"visibility:hidden"}
></div>
${this.renderLegend(V)} ${this.renderBars()}
<details>
<summary>${this.words("show_as_table")}</summary>
<div class="scroller" tabindex="0" role="region" aria-labelledby="over-time">
${this.renderTable(this.words("time"),C.map(L=>[this.label(L.start),L]))}
</div>
</details>
</section>
<section class="card" aria-labelledby="by-door">
<header><h2 id="by-door">${this.words("accesses_by_door")}</h2></header>
${this.doors.length?this.renderTable(this.words("door"),this.doors.map(L=>[L.door??this.words("no_door"),L,this.titleOf(L)]),!0):o`<p class="secondary">${this.words("nothing_found")}</p>`}
</section>
</div>`}renderLegend(C){return o`<div class="legend">
${o2.map(V=>o`<span><i class=${V}></i>${this.words(V)}: ${$(this.hass,C[V])}</span>`)}
</div>`}renderBars(){let{bars:C,width:V}=this,L=p0(Math.max(1,...C.map(({granted:p,denied:x})=>p+x))),r=w1-s3-8,e=p=>8+r*(1-p/L),t=(V-r1)/Math.max(1,C.length),i=t>5?Math.min(6,t*.25):0,m=L<4?Z3(L+1):Z3(5).map(p=>L*p/4),v=Math.ceil(C.length/Math.max(1,Math.floor((V-r1)/80))),A=f2(C),n=this.words("chart_summary",{granted:$(this.hass,A.granted),denied:$(this.hass,A.denied)});return o`<svg class="chart" viewBox="0 0 ${V} ${w1}" width=${V} height=${w1} role="img" aria-label=${n}>
${m.map(p=>z1`<line x1=${r1} x2=${V} y1=${e(p)} y2=${e(p)}></line>
<text x=${r1-8} y=${e(p)+4} text-anchor="end">${$(this.hass,p)}</text>`)}
${C.map((p,x)=>{let g=r1+x*t+i/2,t1=e(p.granted+p.denied);return z1`<g>
<title>${this.label(p.start)} · ${this.words("granted")}: ${p.granted} · ${this.words("denied")}: ${p.denied}</title>
<rect class="hit" x=${r1+x*t} y="0" width=${t} height=${w1-s3}></rect>
<rect class="granted" x=${g} width=${t-i} y=${e(p.granted)} height=${e(0)-e(p.granted)}></rect>
<rect class="denied" x=${g} width=${t-i} y=${t1} height=${e(p.granted)-t1}></rect>
${x%v===0?z1`<text x=${r1+(x+.5)*t} y=${w1-8} text-anchor="middle">${this.axisLabel(p.start)}</text>`:a}
</g>`})}
</svg>`}axisLabel(C){let{hass:V}=this;return this.bucket==="day"?A3(V,C):this.bars.length>24?a3(V,C):o3(V,C)}renderTable(C,V,L=!1){let r=Math.max(1,...V.map(([,{granted:e,denied:t}])=>e+t));return o`<table>
<thead>
<tr>
<th scope="col">${C}</th>
${L?o`<td class="drawn"></td>`:a}
${o2.map(e=>o`<th scope="col" class="number">${this.words(e)}</th>`)}
</tr>
</thead>
<tbody>
${V.map(([e,t,i])=>o`<tr>
<th scope="row">${e} ${i?o`<small class="secondary">${i}</small>`:a}</th>
${L?o`<td class="drawn">
<div>${o2.map(m=>o`<i class=${m} style="width:${100*t[m]/r}%"></i>`)}</div>
</td>`:a}
${o2.map(m=>o`<td class="number">${$(this.hass,t[m])}</td>`)}
</tr>`)}
</tbody>
</table>`}};w.styles=[h,Z`
:host {
display: block;
overflow: auto;
}
.card {
padding: 16px;
margin-bottom: 16px;
}
header {
display: flex;
flex-wrap: wrap;
align-items: center;
justify-content: space-between;
gap: 8px;
}
.choice {
display: flex;
gap: 4px;
}
.legend {
display: flex;
gap: 24px;
padding: 8px 0;
}
.legend i {
display: inline-block;
width: 12px;
height: 12px;
margin-inline-end: 8px;
border-radius: 3px;
}
.chart {
display: block;
max-width: 100%;
direction: ltr;
}
line {
stroke: var(--divider-color);
}
text {
fill: var(--secondary-text-color);
font-size: 11px;
}
.hit {
fill: transparent;
}
g:hover .hit {
fill: color-mix(in srgb, var(--primary-text-color) 6%, transparent);
}
.granted {
fill: var(--ae-good);
background: var(--ae-good);
}
.denied {
fill: var(--ae-bad);
background: var(--ae-bad);
}
summary {
padding: 8px 0;
cursor: pointer;
}
.scroller {
max-height: 320px;
overflow: auto;
}
tr:last-child > * {
border-bottom: 0;
}
th small {
display: block;
}
.drawn {
width: 45%;
}
.drawn div {
display: flex;
overflow: hidden;
border-radius: 4px;
}
.drawn i {
height: 14px;
}
@media (max-width: 600px) {
th,
td {
padding-inline: 6px;
}
.drawn {
width: 25%;
}
}
`],d([u({attribute:!1})],w.prototype,"filter",2),d([u({attribute:!1})],w.prototype,"titles",2),d([l()],w.prototype,"bucket",2),d([l()],w.prototype,"bars",2),d([l()],w.prototype,"doors",2),d([l()],w.prototype,"error",2),d([l()],w.prototype,"width",2),d([l()],w.prototype,"loading",2),w=d([S("access-events-chart")],w);var Z3=M=>Array.from({length:M},(H,C)=>C),f2=M=>M.reduce((H,C)=>({granted:H.granted+C.granted,denied:H.denied+C.denied,other:H.other+C.other}),{granted:0,denied:0,other:0});function p0(M){if(M<4)return M;let H=10**Math.floor(Math.log10(M));return[1,1.2,1.6,2,2.4,3.2,4,6,8,10].map(L=>L*H).find(L=>L>=M&&L%4===0)??Math.ceil(M/4)*4}var m0=250,n0=["any","today","yesterday","week","month","own"],a2={where:"",kind:"",person:"",text:"",span:"any",start:"",end:""},W=class extends c{constructor(){super(...arguments);this.systems=[];this.narrow=!1;this.choice=a2;this.shown=!1}choose(C){this.choice={...this.choice,...C},clearTimeout(this.typing),this.typing=void 0;let{choice:V,filter:L}=this;this.dispatchEvent(new CustomEvent("filter-changed",{detail:{choice:V,filter:L}}))}typed(C){this.choice={...this.choice,...C},clearTimeout(this.typing),this.typing=setTimeout(()=>this.choose({}),m0)}get filter(){let{where:C,kind:V,person:L,text:r}=this.choice,[e,t]=C.split(" "),i=A1[V];return{...e==="door"&&t?{device_ids:[t]}:{},...e==="system"&&t?{entry_ids:[t]}:{},...V?{kinds:i?[...i]:[V]}:{},...L.trim()?{person:L.trim()}:{},...r.trim()?{text:r.trim()}:{},...this.span}}get span(){let{hass:C}=this,V=new Date,{span:L,start:r,end:e}=this.choice;if(L==="today")return{start:N(C,V)};if(L==="yesterday")return{start:N(C,V,1),end:N(C,V)};if(L==="week")return{start:N(C,V,6)};if(L==="month")return{start:N(C,V,29)};if(L==="any")return{};let t=_(C,r),i=_(C,e);return{...t?{start:t}:{},...i?{end:i}:{}}}get chosen(){let{where:C,kind:V,person:L,span:r}=this.choice;return[C,V,L].filter(Boolean).length+(r==="any"?0:1)}clear(){this.choose(a2)}chooseSpan(C){let{hass:V}=this,L=z(V,N(V,new Date));this.choose({span:C,...C==="own"&&!this.choice.start?{start:L,end:""}:{}})}render(){let{choice:C,chosen:V}=this,L=!this.narrow||this.shown;return o`
<div class="bar" role="search" aria-label=${this.words("filter")}>
<div class="first">
<input
type="search"
aria-label=${this.words("search")}
placeholder=${this.words("search")}
.value=${C.text}
@input=${r=>this.typed({text:x1(r)})}
/>
${this.narrow?o`<button
class="icon-button"
aria-expanded=${this.shown}
aria-label=${this.words("filter")}
@click=${()=>{this.shown=!this.shown}}
>
${s(V5)}${V?o`<span class="count">${V}</span>`:a}
</button>`:a}
</div>
${L?this.renderFields():a}
${V||C.text?o`<button class="button clear" @click=${this.clear}>
${s(H5)}${this.words("clear_filter")}
</button>`:a}
</div>
`}renderFields(){let{choice:C}=this;return o`
<select
aria-label=${this.words("door")}
@change=${V=>this.choose({where:x1(V)})}
>
${e1("",this.words("all_doors"),C.where)}
${this.systems.map(V=>o`<optgroup label=${V.title}>
${this.systems.length>1?e1(`system ${V.entry_id}`,this.words("all_of",{name:V.title}),C.where):a}
${V.doors.map(({device_id:L,name:r})=>e1(`door ${L}`,r,C.where))}
</optgroup>`)}
</select>
<select
aria-label=${this.words("event")}
@change=${V=>this.choose({kind:x1(V)})}
>
${e1("",this.words("all_events"),C.kind)}
${Object.keys(A1).map(V=>e1(V,this.words(`kinds_${V}`),C.kind))}
<optgroup label=${this.words("only")}>
${H2.map(V=>e1(V,Q(this.hass,V),C.kind))}
</optgroup>
</select>
<input
type="search"
aria-label=${this.words("person")}
placeholder=${this.words("person")}
.value=${C.person}
@input=${V=>this.typed({person:x1(V)})}
/>
<select
aria-label=${this.words("time")}
@change=${V=>this.chooseSpan(x1(V))}
>
${n0.map(V=>e1(V,this.words(`span_${V}`),C.span))}
</select>
${C.span==="own"?["start","end"].map(V=>o`<label class="field own">
<span>${this.words(V==="start"?"from":"until")}</span>
<input
type="datetime-local"
.value=${C[V]}
@change=${L=>this.choose({[V]:x1(L)})}
/>
</label>`):a}
`}};W.styles=[h,Z`
.bar {
display: flex;
flex-wrap: wrap;
align-items: end;
gap: 8px;
padding: 12px 16px;
}
.bar > * {
flex: 1 1 150px;
max-width: 240px;
}
.first {
display: flex;
gap: 8px;
}
.own {
flex-basis: 190px;
}
.bar > .clear {
flex: none;
}
.icon-button {
position: relative;
}
.count {
position: absolute;
top: 0;
inset-inline-end: 0;
min-width: 18px;
padding: 0 4px;
border-radius: 9px;
background: color-mix(in srgb, var(--primary-color) 45%, var(--card-background-color));
color: var(--primary-text-color);
font-size: 12px;
line-height: 18px;
}
@media (max-width: 870px) {
.bar > * {
max-width: none;
}
.first {
flex-basis: 100%;
}
}
`],d([u({attribute:!1})],W.prototype,"systems",2),d([u({type:Boolean})],W.prototype,"narrow",2),d([u({attribute:!1})],W.prototype,"choice",2),d([l()],W.prototype,"shown",2),W=d([S("access-events-filters")],W);var x1=M=>M.target.value,e1=(M,H,C)=>o`<option value=${M} ?selected=${M===C} .selected=${M===C}>${H}</option>`;var l0={},u3=K1(class extends o1{constructor(){super(...arguments),this.ot=l0}render(M,H){return H()}update(M,[H,C]){if(Array.isArray(H)){if(Array.isArray(this.ot)&&this.ot.length===H.length&&H.every((V,L)=>V===this.ot[L]))return B}else if(this.ot===H)return B;return this.ot=Array.isArray(H)?Array.from(H):H,this.render(H,C)}});var c3=Z`
:host {
position: relative;
display: block;
min-height: 0;
overflow: hidden;
}
.scroller {
height: 100%;
overflow: hidden auto;
overflow-anchor: none;
overscroll-behavior: contain;
}
.grid:focus-visible {
outline: none;
}
.scroller:has(.grid:focus-visible) {
outline: 2px solid var(--primary-color);
outline-offset: -2px;
}
.rows {
position: relative;
overflow: hidden;
}
.row {
display: grid;
align-items: center;
padding: 0 16px;
border-bottom: 1px solid var(--divider-color);
}
.rows .row {
position: absolute;
inset: 0 0 auto;
contain: strict;
cursor: pointer;
}
.rows .row:hover {
background: color-mix(in srgb, var(--primary-text-color) 4%, transparent);
}
.grid:focus-visible .row.active {
outline: 2px solid var(--primary-color);
outline-offset: -2px;
}
.fresh {
animation: fresh 3s ease-out;
}
@keyframes fresh {
from {
background: color-mix(in srgb, var(--primary-color) 25%, transparent);
}
}
.row > span {
min-width: 0;
overflow: hidden;
text-overflow: ellipsis;
white-space: nowrap;
}
.row > .picture {
overflow: visible;
}
.two {
display: flex;
flex-direction: column;
line-height: 1.35;
}
.two > span {
overflow: hidden;
text-overflow: ellipsis;
}
.two > .secondary,
time .secondary {
font-size: var(--ha-font-size-s, 12px);
}
.wide .row {
grid-template-columns: 40px minmax(112px, 0.7fr) 1.1fr 1.1fr 1.4fr 0.8fr;
gap: 16px;
}
.wide .head {
position: sticky;
top: 0;
z-index: 1;
background: var(--card-background-color);
}
.wide .head .row {
height: 40px;
color: var(--secondary-text-color);
font-size: var(--ha-font-size-s, 12px);
font-weight: var(--ha-font-weight-medium, 500);
}
.wide .time {
display: flex;
align-items: center;
gap: 8px;
}
.wide time {
display: flex;
flex-direction: column;
line-height: 1.35;
}
.narrow .head {
position: absolute;
clip-path: inset(50%);
}
.narrow .rows .row {
grid-template: "picture door time" "picture person person" "picture event event" / 40px 1fr auto;
gap: 0 16px;
align-content: center;
line-height: 20px;
}
.narrow .picture {
grid-area: picture;
}
.narrow .door {
grid-area: door;
font-weight: var(--ha-font-weight-medium, 500);
}
.narrow .time {
grid-area: time;
display: flex;
gap: 6px;
font-size: var(--ha-font-size-s, 12px);
}
.narrow time {
display: flex;
flex-direction: row-reverse;
gap: 6px;
}
.narrow .today .secondary {
display: none;
}
.narrow .person {
grid-area: person;
}
.narrow .event {
grid-area: event;
font-size: var(--ha-font-size-s, 12px);
}
.narrow .two {
display: block;
}
.narrow .two > .secondary:not(:empty)::before {
content: " · ";
}
.narrow .door .secondary,
.narrow .person .secondary,
.narrow .method {
display: none;
}
.more {
padding: 16px;
text-align: center;
}
.notice {
margin: 16px;
}
.pill {
position: absolute;
inset: 52px 0 auto;
display: flex;
justify-content: center;
pointer-events: none;
}
.pill .button {
pointer-events: auto;
background: var(--card-background-color);
border: 1px solid var(--divider-color);
box-shadow: 0 2px 8px rgb(0 0 0 / 25%);
}
`;var v0=56,x0=76,s0=760,S3=6,Z0=60,u0=3e3,k2=8e6,b=class extends c{constructor(){super(...arguments);this.filter={};this.titles=new Map;this.wide=!0;this.active=-1;this.unseen=0;this.top=0;this.height=600;this.fresh=new Set;this.sizes=new ResizeObserver(()=>this.measure());this.wasLost=!1;this.round=0;this.reconnected=()=>{this.top===0?this.restart():this.wasLost=!0,this.requestUpdate()}}connectedCallback(){super.connectedCallback(),this.sizes.observe(this),this.hasUpdated&&this.restart()}disconnectedCallback(){super.disconnectedCallback(),this.sizes.disconnect(),this.stop()}willUpdate(C){(C.has("hass")||C.has("titles"))&&this.round++,C.has("filter")&&this.restart();let V=C.get("hass");V&&V.connection!==this.hass.connection&&this.restart()}stop(){this.hass.connection.removeEventListener("ready",this.reconnected),this.unsubscribe?.().catch(()=>{}),this.unsubscribe=void 0}restart(){this.stop();let{hass:C,filter:V}=this,L=new i2((r,e)=>c2(C,V,r,e),()=>this.pages===L&&this.loaded());this.pages=L,this.active=-1,this.unseen=0,this.fresh.clear(),this.moveTo(0),C.connection.addEventListener("ready",this.reconnected),Y1(C,V,r=>this.pages===L&&this.arrived(r)).then(r=>{this.pages===L&&this.isConnected?this.unsubscribe=r:r()}).catch(r=>{L.error??=r,this.requestUpdate()}),L.more()}loaded(){this.moveTo(this.top),this.requestUpdate()}arrived({events:C,changed:V}){V&&this.pages.replace(V);let L=this.pages.insert(C),r=Math.floor(this.top/this.rowHeight),e=L.filter(t=>this.top>0&&t<=r).length;for(let{seq:t}of C)this.fresh.add(t);setTimeout(()=>{for(let{seq:t}of C)this.fresh.delete(t)},u0),this.active>=0&&(this.active+=L.filter(t=>t<=this.active).length),e&&(this.unseen+=e,this.moveTo(this.top+e*this.rowHeight)),this.requestUpdate()}get rowHeight(){return this.wide?v0:x0}get rowsHeight(){return this.pages.length*this.rowHeight}get scale(){return this.rowsHeight>k2?(this.rowsHeight-this.height)/(k2-this.height):1}measure(){this.wide=this.clientWidth>=s0,this.height=this.scroller?.clientHeight??this.height,this.requestUpdate()}moveTo(C){this.top=Math.max(0,C),this.updateComplete.then(()=>{let V=this.top/this.scale;this.scroller&&Math.abs(this.scroller.scrollTop-V)>=1&&(this.scroller.scrollTop=V)}),this.requestUpdate()}scrolled(){let{scrollTop:C}=this.scroller;Math.abs(C-this.top/this.scale)>=1&&(this.top=C*this.scale),this.top===0&&(this.unseen=0,this.wasLost&&this.restart()),this.requestUpdate()}toTop(){this.wasLost&&this.restart(),this.unseen=0,this.moveTo(0),this.grid.focus()}keyPressed(C){let V=Math.max(1,Math.floor(this.height/this.rowHeight)-1),r={ArrowDown:1,ArrowUp:-1,PageDown:V,PageUp:-V,Home:-1/0,End:1/0}[C.key];if(r!==void 0&&this.pages.length){C.preventDefault();let e=this.pages.length-1;this.active=Math.min(e,Math.max(0,this.active<0?0:this.active+r));let t=this.active*this.rowHeight,i=this.height-this.headHeight;t<this.top?this.moveTo(t):t+this.rowHeight>this.top+i&&this.moveTo(t+this.rowHeight-i)}else(C.key==="Enter"||C.key===" ")&&this.active>=0&&(C.preventDefault(),this.open(this.active))}get headHeight(){return this.wide?40:0}open(C){let V=this.pages.at(C);V&&(this.active=C,this.details.show(V,this.titles.get(V.entry_id)))}render(){let{pages:C,rowHeight:V,scale:L}=this,r=Math.max(0,Math.floor(this.top/V)-S3),e=Math.min(C.length,Math.ceil((this.top+this.height)/V)+S3);e+Z0>C.length&&!C.error&&C.more();let t=L===1?0:this.top/L-this.top,i=Array.from({length:Math.max(0,e-r)},(m,v)=>r+v);return o`
<div class="scroller ${this.wide?"wide":"narrow"}" @scroll=${this.scrolled}>
<div
class="grid"
role="grid"
tabindex="0"
aria-label=${this.words("log")}
aria-rowcount=${C.complete?C.length+1:-1}
aria-busy=${C.loading}
aria-activedescendant=${this.active>=r&&this.active<e?`row-${this.active}`:a}
@keydown=${this.keyPressed}
>
${this.renderHead()}
<div role="rowgroup" class="rows" style="height:${Math.min(this.rowsHeight,k2)}px">
${j1(i,m=>C.at(m)?.seq??`empty ${m}`,m=>this.guardRow(m,m*V+t))}
</div>
</div>
${this.renderEnd()}
</div>
${this.renderPill()}
<access-events-details .hass=${this.hass}></access-events-details>
`}renderHead(){return o`<div role="rowgroup" class="head">
<div role="row" class="row" aria-rowindex="1">
${["picture","time","door","person","event","method"].map((V,L)=>o`<span role="columnheader" aria-colindex=${L+1} class=${V}><span class=${V==="picture"?"hidden-text":""}>${this.words(V)}</span></span>`)}
</div>
</div>`}guardRow(C,V){let L=this.pages.at(C),r=L!==void 0&&this.fresh.has(L.seq),e=[L,C,V,r,this.active===C,this.wide,this.round];return u3(e,()=>this.renderRow(C,V))}renderRow(C,V){let L=this.pages.at(C),r=`transform:translateY(${V}px);height:${this.rowHeight}px`;if(!L)return o`<div role="row" class="row" aria-rowindex=${C+2} style=${r}>
<span role="gridcell" class="picture"><div class="badge"></div></span>
</div>`;let{hass:e}=this,t=this.titles.size>1?this.titles.get(L.entry_id):void 0,i=M2(L);return o`<div
role="row"
id="row-${C}"
class="row ${this.active===C?"active":""} ${this.fresh.has(L.seq)?"fresh":""}"
aria-rowindex=${C+2}
style=${r}
@click=${()=>this.open(C)}
>
<span role="gridcell" class="picture">${n1(e,L)}</span>
<span role="gridcell" class="time">${e2(e,L)}${r2(e,L)}</span>
<span role="gridcell" class="door two">
<span>${K(L)}</span>
<span class="secondary">${t}</span>
</span>
<span role="gridcell" class="person two">
<span>${m1(L)}</span>
<span class="secondary">${L.credential}</span>
</span>
<span role="gridcell" class="event two">
${t2(e,L)}
<span class="secondary" title=${i}>${i}</span>
</span>
<span role="gridcell" class="method">${p1(e,L).join(" · ")}</span>
</div>`}renderEnd(){let{pages:C}=this;return C.error?o`<div class="notice bad" role="alert">
<span>${k(this.hass,C.error)}</span>
<button class="button" @click=${this.restart}>${this.words("try_again")}</button>
</div>`:C.complete&&C.length===0?o`<div class="empty" role="status">
${s(a5)}<span>${this.words("nothing_found")}</span>
</div>`:C.complete?a:o`<div class="more secondary" role="status">${this.words("loading")}</div>`}renderPill(){return!this.unseen&&!this.wasLost?a:o`<div class="pill" role="status">
<button class="button" @click=${this.toTop}>
${s($2)}${this.unseen?this.words("new_events",{count:this.unseen}):this.words("refresh")}
</button>
</div>`}};b.styles=[h,l1,c3],d([u({attribute:!1})],b.prototype,"filter",2),d([u({attribute:!1})],b.prototype,"titles",2),d([l()],b.prototype,"wide",2),d([l()],b.prototype,"active",2),d([l()],b.prototype,"unseen",2),d([f(".scroller")],b.prototype,"scroller",2),d([f(".grid")],b.prototype,"grid",2),d([f("access-events-details")],b.prototype,"details",2),b=d([S("access-events-list")],b);var c0=["name","user_id","active","valid_from","valid_until","passes","doors","schedule","groups","cards","pin","duress_pin","phone","email"],y2={valid_from:"datetime-local",valid_until:"datetime-local",passes:"number",pin:"password",duress_pin:"password",phone:"tel",email:"email"},w2=["groups","cards"],S0=["name","pin","phone","email"],A2=["valid_from","valid_until"],P=class extends c{constructor(){super(...arguments);this.error="";this.busy=!1;this.close=()=>this.dialog.close()}async show(C,V){this.system=C,this.person=V,this.error="",await this.updateComplete,this.dialog.showModal()}closed(){this.system=void 0,this.person=void 0}get fields(){return c0.filter(C=>this.system?.user_fields.includes(C)&&!(C==="user_id"&&this.person))}initial(C){let{person:V,hass:L}=this;return V?C==="name"?V.name:C==="valid_from"||C==="valid_until"?z(L,V[C]):C==="groups"?(V.groups??[]).join(`
`):"":""}get values(){let C=new FormData(this.form),V={};for(let L of this.fields)if(L==="active"){let r=C.has("active");r!==(this.person?.active??!0)&&(V.active=r)}else if(L==="doors"){let r=C.getAll("doors"),e=this.person?.doors??[];(r.length!==e.length||r.some(t=>!e.includes(String(t))))&&(V.doors=r)}else{let r=String(C.get(L)??"").trim();if(r===this.initial(L))continue;if(w2.includes(L))V[L]=r.split(/[\n,;]/).map(e=>e.trim()).filter(Boolean);else if(A2.includes(L)){let e=_(this.hass,r);e&&(V[L]=e)}else V[L]=L==="passes"?Number(r):r}if(A2.some(L=>L in V))for(let L of A2){let r=_(this.hass,String(C.get(L)??""));r&&(V[L]=r)}return V}async submit(C){C.preventDefault();let{system:V,person:L,values:r}=this;if(V){if(L&&Object.keys(r).length===0){this.close();return}this.busy=!0,this.error="";try{let e=L?{...r,user_id:L.user_id}:r;await X1(this.hass,V.entry_id,e,L!==void 0),this.close(),this.dispatchEvent(new CustomEvent("saved")),this.dispatchEvent(new CustomEvent("hass-notification",{detail:{message:this.words("person_saved")},bubbles:!0,composed:!0}))}catch(e){this.error=k(this.hass,e),this.dispatchEvent(new CustomEvent("saved"))}this.busy=!1}}render(){let{system:C,person:V}=this;return o`<dialog aria-labelledby="title" @close=${this.closed}>
${C?o`<header>
<button class="icon-button" aria-label=${this.words("close")} @click=${this.close}>
${s(P1)}
</button>
<h2 id="title">
${V?this.words("edit_person",{name:V.name}):this.words("register_person")}
</h2>
</header>
<form autocomplete="off" @submit=${this.submit}>
${this.fields.map(L=>this.renderField(L))}
${this.error?o`<div class="notice bad" role="alert"><span>${this.error}</span></div>`:a}
<footer>
<button class="button" type="button" @click=${this.close}>${this.words("cancel")}</button>
<button class="button filled" ?disabled=${this.busy}>
${this.words(V?"save":"register")}
</button>
</footer>
</form>`:a}
</dialog>`}renderField(C){let{hass:V,system:L,person:r}=this,e=J5(V,C);if(C==="active")return o`<label class="check">
<input type="checkbox" name="active" .checked=${r?.active??!0} />${e}
</label>`;if(C==="doors")return o`<fieldset>
<legend>${e}</legend>
${L?.doors.map(i=>o`<label class="check">
<input
type="checkbox"
name="doors"
value=${i.device_id}
.checked=${r?.doors?.includes(i.device_id)??!1}
/>${i.name}
</label>`)}
<small class="secondary">${this.helpOf(C)}</small>
</fieldset>`;let t=this.helpOf(C);return o`<label class="field">
<span>${e}${C==="name"?" *":""}</span>
${w2.includes(C)?o`<textarea name=${C} rows="2" .value=${this.initial(C)}></textarea>`:o`<input
name=${C}
type=${y2[C]??"text"}
autocomplete=${y2[C]==="password"?"new-password":"off"}
inputmode=${y2[C]==="password"?"numeric":a}
min=${C==="passes"?"1":a}
?required=${C==="name"}
.value=${this.initial(C)}
/>`}
${t?o`<small>${t}</small>`:a}
</label>`}helpOf(C){let V=this.person&&!["name",...A2].includes(C),L=C==="groups"?this.person?.groups:C==="doors"&&this.person?.doors;return V&&!L?this.words("empty_keeps"):w2.includes(C)?this.words("one_a_line"):S0.includes(C)?"":C3(this.hass,C)}};P.styles=[h,Z`
fieldset {
margin: 0;
padding: 0;
border: 0;
}
footer {
position: sticky;
bottom: 0;
padding-block: 8px;
background: var(--ha-dialog-surface-background, var(--card-background-color));
}
`],d([l()],P.prototype,"system",2),d([l()],P.prototype,"person",2),d([l()],P.prototype,"error",2),d([l()],P.prototype,"busy",2),d([f("dialog")],P.prototype,"dialog",2),d([f("form")],P.prototype,"form",2),P=d([S("access-events-person-form")],P);var h3=200,s1=(M,H)=>M?.capabilities.some(C=>C.toLowerCase()===H)??!1,O=class extends c{constructor(){super(...arguments);this.systems=[];this.entryId="";this.error="";this.search="";this.limit=h3;this.busy=!1;this.load=async()=>{let{entryId:C}=this;try{let V=s1(this.system,"users_read")?await K5(this.hass,C):[];if(C!==this.entryId)return;this.people=V.sort((L,r)=>L.name.localeCompare(r.name)),this.error=""}catch(V){C===this.entryId&&(this.error=k(this.hass,V))}}}get readable(){return this.systems.filter(C=>s1(C,"users_read")||s1(C,"users_add"))}get system(){return this.readable.find(C=>C.entry_id===this.entryId)}willUpdate(C){C.has("systems")&&!this.system&&this.choose(this.readable[0]?.entry_id??"")}choose(C){this.entryId=C,this.people=void 0,this.error="",this.limit=h3,C&&this.load()}get found(){let C=this.search.trim().toLocaleLowerCase();return(this.people??[]).filter(({name:V,user_id:L})=>V.toLocaleLowerCase().includes(C)||L.toLocaleLowerCase().includes(C))}async change(C){this.busy=!0,this.error="";try{return await C(),await this.load(),!0}catch(V){return this.error=k(this.hass,V),!1}finally{this.busy=!1}}setActive(C,V){this.change(()=>X1(this.hass,this.entryId,{user_id:C.user_id,active:V},!0))}async askToRemove(C){this.leaving=C,await this.updateComplete,this.dialog.showModal()}answered(){let{leaving:C}=this;this.leaving=void 0,C&&this.dialog.returnValue==="remove"&&this.change(()=>q5(this.hass,this.entryId,C.user_id)),this.dialog.returnValue=""}open(C){this.system&&this.form.show(this.system,C)}render(){let{system:C,found:V}=this;return C?o`<div class="page">
<div class="bar">
<label class="field">
<span>${this.words("system")}</span>
<select @change=${L=>this.choose(L.target.value)}>
${this.readable.map(({entry_id:L,title:r})=>o`<option value=${L} .selected=${L===this.entryId}>${r}</option>`)}
</select>
</label>
<label class="field">
<span>${this.words("search")}</span>
<input
type="search"
.value=${this.search}
@input=${L=>{this.search=L.target.value}}
/>
</label>
${s1(C,"users_add")?o`<button class="button filled" @click=${()=>this.open()}>
${s(b1)}${this.words("register_person")}
</button>`:a}
</div>
${this.error?o`<div class="notice bad" role="alert">
<span>${this.error}</span>
<button class="button" @click=${this.load}>${this.words("try_again")}</button>
</div>`:a}
${this.people?this.renderPeople(V):this.error?a:o`<div class="empty" role="status">${this.words("loading")}</div>`}
</div>
<access-events-person-form .hass=${this.hass} @saved=${this.load}></access-events-person-form>
<dialog aria-labelledby="leaving" @close=${this.answered}>
<form method="dialog">
<h2 id="leaving">${this.words("remove_person",{name:this.leaving?.name??""})}</h2>
<p>${this.words("remove_person_help",{system:C.title})}</p>
<footer>
<button class="button" value="">${this.words("cancel")}</button>
<button class="button danger" value="remove">${this.words("remove")}</button>
</footer>
</form>
</dialog>`:o`<div class="page"><div class="empty">${this.words("no_system_with_people")}</div></div>`}renderPeople(C){return C.length?o`<ul class="card">
${C.slice(0,this.limit).map(V=>this.renderPerson(V))}
</ul>
${C.length>this.limit?o`<button class="button" @click=${()=>{this.limit=1/0}}>
${this.words("show_all",{count:C.length})}
</button>`:a}`:o`<div class="empty" role="status">${this.words(this.people?.length?"nothing_found":"no_people")}</div>`}renderPerson(C){let{system:V}=this,{name:L,credentials:r,groups:e}=C,t=s1(V,"users_update"),i=C.ha_person?this.hass.states[C.ha_person]:void 0;return o`<li>
<div class="who">
<span class="name">${L}</span>
<span class="secondary">
${[i?.attributes.friendly_name,...e??[],C.user_id].filter(Boolean).join(" · ")}
</span>
</div>
<div class="credentials">
${r.cards?this.renderCredential(N2,"credential_cards",r.cards):a}
${r.pin?this.renderCredential(K2,"credential_pin"):a}
${r.face?this.renderCredential(C5,"credential_face"):a}
${r.phone?this.renderCredential(W2,"credential_phone"):a}
</div>
<div class="validity">
${C.active===!1?o`<span class="chip bad">${this.words("disabled")}</span>`:a}
${this.renderValidity(C)}
</div>
<div class="actions">
${t?this.renderAction(d5,this.words("edit_person",{name:L}),()=>this.open(C)):a}
${t&&V?.user_fields.includes("active")&&C.active!==null?this.renderAction(C.active?P2:T2,this.words(C.active?"disable_person":"enable_person",{name:L}),()=>this.setActive(C,!C.active)):a}
${s1(V,"users_remove")?this.renderAction(z2,this.words("remove_person",{name:L}),()=>this.askToRemove(C)):a}
</div>
</li>`}renderCredential(C,V,L){let r=this.words(V,{count:L??""});return o`<span title=${r}>${s(C)}<span class="hidden-text">${r}</span>${L&&L>1?L:a}</span>`}renderValidity({valid_from:C,valid_until:V}){let{hass:L}=this,r=Date.now(),e=V!==null&&Date.parse(V)<r,t=C!==null&&Date.parse(C)>r;return o`
${e?o`<span class="chip warn">${this.words("expired")}</span>`:a}
${t?o`<span class="chip">${this.words("valid_from_time",{time:y(L,C)})}</span>`:a}
${V&&!e?o`<span class="chip">${this.words("valid_until_time",{time:y(L,V)})}</span>`:a}
`}renderAction(C,V,L){return o`<button class="icon-button" title=${V} aria-label=${V} ?disabled=${this.busy} @click=${L}>
${s(C)}
</button>`}};O.styles=[h,Z`
:host {
display: block;
overflow: auto;
}
.bar {
display: flex;
flex-wrap: wrap;
align-items: end;
gap: 12px;
margin-bottom: 16px;
}
.bar .field {
flex: 1 1 180px;
max-width: 320px;
}
.bar .button {
margin-inline-start: auto;
}
.notice {
margin-bottom: 16px;
}
ul {
margin: 0;
padding: 0;
list-style: none;
}
li {
display: grid;
grid-template-columns: minmax(0, 2fr) auto minmax(0, 1.2fr) auto;
align-items: center;
gap: 16px;
padding: 8px 8px 8px 16px;
border-bottom: 1px solid var(--divider-color);
}
li:last-child {
border: 0;
}
.who {
display: flex;
flex-direction: column;
min-width: 0;
overflow-wrap: anywhere;
}
.who .secondary {
overflow: hidden;
text-overflow: ellipsis;
white-space: nowrap;
font-size: var(--ha-font-size-s, 12px);
}
.credentials {
display: flex;
gap: 10px;
color: var(--secondary-text-color);
--mdc-icon-size: 20px;
}
.credentials > span {
display: inline-flex;
align-items: center;
gap: 2px;
}
.validity {
display: flex;
flex-wrap: wrap;
justify-content: flex-end;
gap: 6px;
}
.actions {
display: flex;
}
form {
padding-top: 20px;
}
form h2,
form p {
margin: 0;
overflow-wrap: anywhere;
}
@media (max-width: 600px) {
li {
grid-template-columns: minmax(0, 1fr) auto;
gap: 4px 8px;
}
.validity {
justify-content: flex-start;
}
.credentials {
justify-content: flex-end;
padding-inline-end: 8px;
}
.bar .field,
.bar .button {
flex: 1 1 100%;
max-width: none;
margin: 0;
}
dialog {
width: calc(100vw - 32px);
height: fit-content;
border-radius: var(--ha-border-radius-3xl, 24px);
}
}
`],d([u({attribute:!1})],O.prototype,"systems",2),d([l()],O.prototype,"entryId",2),d([l()],O.prototype,"people",2),d([l()],O.prototype,"error",2),d([l()],O.prototype,"search",2),d([l()],O.prototype,"limit",2),d([l()],O.prototype,"leaving",2),d([l()],O.prototype,"busy",2),d([f("access-events-person-form")],O.prototype,"form",2),d([f("dialog")],O.prototype,"dialog",2),O=d([S("access-events-people")],O);var O3={live:[B1,"good"],catching_up:[G2,"warn"],connecting:[i5,"warn"],offline:[T1,"bad"],not_loaded:[m5,"bad"]},Z1=class extends c{constructor(){super(...arguments);this.systems=[]}render(){return o`<div class="page">${this.systems.map(C=>this.renderSystem(C))}</div>`}renderSystem(C){let{hass:V}=this,[L,r]=O3[C.state]??O3.offline,e=[[this.words("last_event"),C.last_event&&y(V,C.last_event)],[this.words("delay"),C.delay===null?null:m3(V,C.delay)],[this.words("events_recorded"),$(V,C.events_recorded)],[this.words("doors"),C.doors.map(t=>t.name).join(", ")]];return o`<section class="card" aria-labelledby="system-${C.entry_id}">
<header>
<h2 id="system-${C.entry_id}">${C.title}</h2>
<span class="chip ${r}">${s(L)}${this.words(`state_${C.state}`)}</span>
</header>
${C.catch_up?o`<div class="catch-up">
<div class="progress" role="progressbar" aria-label=${this.words("state_catching_up")}></div>
<span>${this.words("catch_up_progress",{count:$(V,C.catch_up.read),time:y(V,C.catch_up.since)})}</span>
</div>`:a}
<dl>
${e.map(([t,i])=>o`<div><dt>${t}</dt><dd>${i||"–"}</dd></div>`)}
</dl>
${C.gaps.length?this.renderGaps(C):o`<p class="secondary">${this.words("no_gaps")}</p>`}
</section>`}renderGaps({gaps:C}){let{hass:V}=this;return o`<details>
<summary>${this.words("gaps")} (${C.length})</summary>
<table>
<thead>
<tr>
<th scope="col">${this.words("from")}</th>
<th scope="col">${this.words("until")}</th>
<th scope="col">${this.words("reason")}</th>
</tr>
</thead>
<tbody>
${C.map(L=>o`<tr>
<td>${L.start?y(V,L.start):"–"}</td>
<td>${L.end?y(V,L.end):"–"}</td>
<td>${L.detail}</td>
</tr>`)}
</tbody>
</table>
</details>`}};Z1.styles=[h,Z`
:host {
display: block;
overflow: auto;
}
.page {
display: grid;
grid-template-columns: repeat(auto-fill, minmax(min(100%, 360px), 1fr));
gap: 16px;
align-items: start;
}
.card {
padding: 16px;
min-width: 0;
}
header {
display: flex;
align-items: center;
justify-content: space-between;
gap: 8px;
}
h2 {
min-width: 0;
overflow-wrap: anywhere;
}
dl {
margin: 12px 0;
}
dl > div {
display: flex;
justify-content: space-between;
gap: 16px;
padding: 6px 0;
}
dt {
flex: none;
color: var(--secondary-text-color);
}
dd {
margin: 0;
text-align: end;
overflow-wrap: anywhere;
}
p {
margin: 0;
}
.catch-up {
display: flex;
flex-direction: column;
gap: 8px;
margin-top: 12px;
}
summary {
cursor: pointer;
padding: 4px 0;
}
details {
overflow-x: auto;
}
`],d([u({attribute:!1})],Z1.prototype,"systems",2),Z1=d([S("access-events-systems")],Z1);var h0=5e3,g3="ha-menu-button",f3={log:L5,chart:I2,people:R2,systems:l5},T=class extends c{constructor(){super(...arguments);this.narrow=!1;this.chosen={choice:a2,filter:{}};this.error="";this.ready=!1;this.titles=new Map}connectedCallback(){super.connectedCallback(),this.timer=setInterval(()=>{this.tab==="systems"&&!document.hidden&&this.loadSystems()},h0),customElements.whenDefined(g3).then(()=>this.requestUpdate())}disconnectedCallback(){super.disconnectedCallback(),clearInterval(this.timer)}willUpdate(C){let V=C.get("hass");C.has("hass")&&V?.language!==this.hass.language&&(this.ready=!1,this.loadWords().then(()=>{this.ready=!0})),C.has("hass")&&!V&&this.loadSystems(),C.has("route")&&this.systems&&this.tab!=="log"&&this.loadSystems()}async loadSystems(){try{let C=await U5(this.hass);this.systems=C;let V=new Map(C.map(({entry_id:L,title:r})=>[L,r]));JSON.stringify([...V])!==JSON.stringify([...this.titles])&&(this.titles=V),this.error=""}catch(C){this.error=k(this.hass,C),this.systems??=[]}}get tabs(){return Object.keys(f3).filter(C=>C!=="people"||this.hass.user?.is_admin)}get tab(){let C=this.route?.path.split("/")[1];return this.tabs.includes(C)?C:"log"}addressOf(C){let V=this.route?.prefix??"";return C==="log"?V:`${V}/${C}`}follow(C){if(C.button||C.ctrlKey||C.metaKey||C.shiftKey)return;C.preventDefault();let{href:V}=C.currentTarget;history.replaceState(history.state,"",V),window.dispatchEvent(new CustomEvent("location-changed",{detail:{replace:!0}}))}async download(C){this.error="";try{await z5(this.hass,this.chosen.filter,C,V1(this.hass))}catch(V){this.error=k(this.hass,V)}}render(){if(!this.ready)return a;let{tab:C}=this;return o`
<header class="toolbar">
${this.renderMenu()}
<h1>${this.words("access_log")}</h1>
${this.narrow?a:this.renderTabs()}
<div class="end">
${C==="log"?["csv","jsonl"].map(V=>o`<button
class="button"
title=${this.words("download_as",{format:V==="csv"?"CSV":"JSON Lines"})}
aria-label=${this.words("download_as",{format:V==="csv"?"CSV":"JSON Lines"})}
@click=${()=>this.download(V)}
>
${this.narrow?a:s(X2)}${V==="csv"?"CSV":"JSON"}
</button>`):a}
</div>
</header>
<main>
${this.error?o`<div class="notice bad" role="alert"><span>${this.error}</span></div>`:a}
${this.renderTab(C)}
</main>
${this.narrow?this.renderTabs():a}
`}renderMenu(){return!this.narrow&&this.hass.dockedSidebar!=="always_hidden"?a:customElements.get(g3)?o`<ha-menu-button .hass=${this.hass} .narrow=${this.narrow}></ha-menu-button>`:o`<button
class="icon-button"
aria-label=${this.hass.localize("ui.sidebar.sidebar_toggle")||this.words("menu")}
@click=${()=>this.dispatchEvent(new CustomEvent("hass-toggle-menu",{bubbles:!0,composed:!0}))}
>
${s(A5)}
</button>`}renderTabs(){return o`<nav aria-label=${this.words("access_log")}>
${this.tabs.map(C=>o`<a
href=${this.addressOf(C)}
aria-current=${C===this.tab?"page":a}
@click=${this.follow}
>${s(f3[C])}<span>${this.words(`tab_${C}`)}</span></a
>`)}
</nav>`}renderTab(C){let{hass:V,systems:L}=this;return C==="log"||C==="chart"?o`
<access-events-filters
.hass=${V}
.systems=${L??[]}
.narrow=${this.narrow}
.choice=${this.chosen.choice}
@filter-changed=${r=>{this.chosen=r.detail}}
></access-events-filters>
${C==="log"?o`<access-events-list
class="card"
.hass=${V}
.filter=${this.chosen.filter}
.titles=${this.titles}
></access-events-list>`:o`<access-events-chart
.hass=${V}
.filter=${this.chosen.filter}
.titles=${this.titles}
></access-events-chart>`}
`:L?L.length?C==="people"?o`<access-events-people .hass=${V} .systems=${L}></access-events-people>`:o`<access-events-systems .hass=${V} .systems=${L}></access-events-systems>`:o`<div class="empty">${this.words("no_systems")}</div>`:o`<div class="empty" role="status">${this.words("loading")}</div>`}};T.styles=[h,Z`
:host {
display: flex;
flex-direction: column;
height: 100vh;
height: 100dvh;
background: var(--primary-background-color);
}
.toolbar {
display: flex;
align-items: center;
gap: 8px;
height: calc(var(--header-height, 56px) + var(--safe-area-inset-top, 0px));
padding: var(--safe-area-inset-top, 0) max(12px, var(--safe-area-inset-right, 0px)) 0
max(12px, var(--safe-area-inset-left, 0px));
flex: none;
background: var(--sidebar-background-color);
color: var(--sidebar-text-color);
border-bottom: 1px solid var(--divider-color);
}
h1 {
margin-inline-start: 8px;
font-size: var(--ha-font-size-xl, 20px);
line-height: var(--ha-line-height-normal, 1.5);
white-space: nowrap;
overflow: hidden;
text-overflow: ellipsis;
}
.end {
display: flex;
flex: 1 0 auto;
justify-content: flex-end;
min-width: 0;
}
.end .button {
padding: 0 12px;
}
nav {
display: flex;
flex: 4;
justify-content: center;
align-self: stretch;
}
nav a {
position: relative;
display: flex;
align-items: center;
gap: 8px;
padding: 0 20px;
color: var(--sidebar-text-color);
font-weight: var(--ha-font-weight-medium, 500);
text-decoration: none;
--mdc-icon-size: 20px;
}
nav a:hover {
background: color-mix(in srgb, currentcolor 6%, transparent);
}
nav a:focus-visible {
outline-offset: -2px;
}
nav a[aria-current]::after {
content: "";
position: absolute;
inset: auto 0 0;
height: 3px;
background: var(--primary-color);
}
nav a[aria-current] .icon {
color: var(--primary-color);
}
:host([narrow]) .end .button {
padding-inline: 8px;
}
:host([narrow]) nav {
flex: none;
justify-content: space-around;
height: calc(56px + var(--safe-area-inset-bottom, 0px));
padding-bottom: var(--safe-area-inset-bottom, 0);
background: var(--sidebar-background-color);
border-top: 1px solid var(--divider-color);
}
:host([narrow]) nav a {
flex: 1;
flex-direction: column;
justify-content: center;
gap: 0;
padding: 0 4px;
font-size: var(--ha-font-size-s, 12px);
--mdc-icon-size: 24px;
}
:host([narrow]) nav a[aria-current]::after {
inset: 0 0 auto;
}
main {
display: flex;
flex: 1;
flex-direction: column;
min-height: 0;
}
main > * {
flex: none;
}
main > access-events-list {
flex: 1;
margin: 0 16px 16px;
}
main > :is(access-events-chart, access-events-people, access-events-systems) {
flex: 1;
min-height: 0;
}
:host([narrow]) main > access-events-list {
margin: 0;
border-width: 1px 0 0;
border-radius: 0;
}
.notice {
margin: 16px 16px 0;
}
`],d([u({type:Boolean,reflect:!0})],T.prototype,"narrow",2),d([u({attribute:!1})],T.prototype,"route",2),d([l()],T.prototype,"systems",2),d([l()],T.prototype,"chosen",2),d([l()],T.prototype,"error",2),d([l()],T.prototype,"ready",2),T=d([S("access-events-panel")],T);function k3(M){let H=document.querySelector("home-assistant");return H?.hass?(C2(H.hass),H1(H.hass,M)):J1[M]}var w3=window;w3.customCards??=[];var y3=w3.customCards;y3.some(({type:M})=>M===y1)||y3.push({type:y1,preview:!0,get name(){return k3("card_name")},get description(){return k3("card_description")}});
